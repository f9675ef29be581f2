"""The other end of the wire: simulated scanners, scales, cameras and gate devices on real ports.

A simulated device speaks through the same codecs as the product (``encode``), on a pseudo-terminal, a TCP
port or an HTTP address, with faults on request: torn, dropped and garbled bytes, unplugging, silence, a
frozen indicator, a parity bit left in, a wrong speed. The same seed gives the same bad day.

``python -m simulators SCENARIO.toml --dir DIR [--control PORT] [--token-file FILE]``

* prints one JSON line for each device when it can be reached:
  ``{"device","kind","protocol","url"}``, then ``{"control": "http://127.0.0.1:PORT", "ready": true}``;
* stops on SIGTERM, SIGINT, or when its standard input is a pipe and the parent closes it;
* ``--dir`` holds the symbolic links of the pseudo-terminals: the address of a device stays the same when
  it is unplugged and plugged in again, as with ``/dev/serial/by-id``.

Control (loopback only; ``Authorization: Bearer TOKEN`` with the token from ``--token-file``; a file that
does not exist is made). JSON in, JSON out; a mistake is answered with 400 and ``{"error": sentence}``:

========================  ================================================================================
GET  /devices             all devices: ``id kind protocol url plugged connected`` and what they do now
GET  /paper/DEVICE        the last label of a printer, drawn as it came out (PNG)
POST /scan                ``{device, text, aim?, times?}``; ``aim`` is guessed from the text when left out
POST /put                 ``{device, kg, roll_s?}``: a load drives or is set on; ``kg`` is what it weighs
POST /take                ``{device}``: the load goes off
POST /wind                ``{device, kg}``: noise on the platform, plus and minus so many kg
POST /zero                ``{device, kg}``: zero drift (negative shows less than zero)
POST /tare                ``{device, kg?}``: the tare key of a scale; without ``kg`` what stands there, 0 clears
POST /tags                ``{device, epcs, antenna?}``: tags pass the antenna of a tag reader
POST /vehicle             ``{device, alarm?, slices?}``: a vehicle passes a radiation portal; ``gamma``, ``neutron``
POST /trouble             ``{device, words}``: paper_out, ribbon_out, head_open, paused at a printer; [] mends all
POST /plate               ``{device, plate, ...}``: a plate camera sends an event; a camera shows the plate
POST /picture             ``{device, text?, qr?, path?, blur?}``: what the camera sees next
POST /send                ``{device, fields | hex}``: one frame of any other device, or raw bytes
POST /fault               ``{device, torn?, dropped?, garbled?, doubled?, noise?, slow_s?, stuck?, silent?,
                          parity?, baud?}``
POST /unplug  POST /plug  ``{device}``
========================  ================================================================================

The answer to a POST is ``{"ok": true, "connected": bool}``; ``connected`` false means that nobody listens
at the port, so that what was sent is lost, as on a real wire.
"""

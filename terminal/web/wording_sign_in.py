"""Words of signing in: what proves a person, and what the journal says of it."""

from __future__ import annotations

from collections.abc import Mapping

from terminal.web.i18n import N_

FACTORS: Mapping[str, str] = {"totp": N_("Authenticator app"), "passkey": N_("Passkey")}

SECURITY: Mapping[str, str] = {
    "viewed": N_("Looked at a record"),
    "exported": N_("Taken out"),
    "export": N_("Taken out"),
    "sign_in_locked": N_("Sign-in while locked"),
    "signed_in_with_passkey": N_("Signed in with a passkey"),
    "signed_in_with_badge": N_("Began to work with a badge"),
    "signed_in_elsewhere": N_("Signed in through the other directory"),
    "other_refused": N_("The other directory was refused"),
    "second_factor_failed": N_("Wrong code of the second factor"),
    "second_factor_reset": N_("Second factors taken away"),
    "totp_added": N_("Authenticator app added"),
    "totp_not_added": N_("Authenticator app not added"),
    "totp_removed": N_("Authenticator app removed"),
    "passkey_added": N_("Passkey added"),
    "passkey_not_added": N_("Passkey not added"),
    "passkey_removed": N_("Passkey removed"),
    "passkey_refused": N_("Passkey refused"),
    "recovery_codes_made": N_("Recovery codes made"),
    "recovery_code_used": N_("Recovery code used"),
    "session_ended": N_("Session ended"),
    "sessions_ended": N_("Sessions ended"),
    "badge_given": N_("Badge given"),
    "badge_taken": N_("Badge taken away"),
    "badge_unknown": N_("Unknown badge"),
    "badge_failed": N_("Wrong PIN with a badge"),
    "badge_locked": N_("Badge while locked"),
    "badge_not_for_role": N_("Badge of somebody without work at stations"),
    "pin_set": N_("PIN set"),
    "turned_away": N_("Turned away at the door"),
}

// Draws the API's description. A try goes out under the session of the person who looks, with its form token.
const place = document.getElementById("api");
const csrf = document.querySelector('meta[name="csrf"]').content;

window.SwaggerUIBundle({
  url: place.dataset.address,
  domNode: place,
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  validatorUrl: null,
  requestInterceptor: (request) => {
    request.headers["X-CSRF-Token"] = csrf;
    return request;
  },
});

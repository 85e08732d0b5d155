// Entry: registers the elements; <coupler-app> in index.html does the rest.
import "./elements/app.js";

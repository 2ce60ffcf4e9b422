//! Learning contexts: the plugin trait, the registry, libraries and courses.

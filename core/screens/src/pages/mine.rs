//! What is the person's own: messages, what waits to be sent, data, devices, settings.

pub(crate) mod consents;
pub(crate) mod copy;
pub(crate) mod data;
pub(crate) mod devices;
pub(crate) mod notices;
pub(crate) mod outbox;
pub(crate) mod outbox_entry;
pub(crate) mod settings;

//! Identity documents, colours and reasons, evidence, rules and region profiles: pure decisions.

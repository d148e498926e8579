//! The signed credential, the live code, paper and venue codes, trust and recall lists, and the offline check.

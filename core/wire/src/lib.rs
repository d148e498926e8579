//! The platform's interface as types: requests, responses and problem codes.

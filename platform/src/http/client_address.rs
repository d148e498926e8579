//! Whose address a request counts under, with or without a balancer in between.
//!
//! A header can be written by anybody, so none is read unless the connection comes from a balancer that
//! the configuration names. Each balancer appends the address that it saw: from the right, the first one
//! that is no balancer of ours is the nearest that somebody we trust has seen. What stands left of it is
//! whatever the sender liked to write. `Forwarded` (RFC 7239) is not read at all: a balancer that writes
//! the one header passes the other through.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// The header that balancers append to.
const HEADER: &str = "x-forwarded-for";

/// The address that a request counts under: that of the connection, or, when it is a trusted balancer's,
/// the right-most in the header that is not.
pub(super) fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut nearest = peer.to_canonical();
    if !is_trusted(nearest) {
        return nearest;
    }
    // Several headers of the name are one list, in their order.
    let lines: Vec<&[u8]> = headers
        .get_all(HEADER)
        .iter()
        .map(|value| value.as_bytes())
        .collect();
    let hops = lines
        .iter()
        .rev()
        .flat_map(|line| line.rsplit(|byte| *byte == b','));
    for hop in hops {
        // No balancer of ours writes what is no address, so that nothing further left can be believed.
        let Some(address) = read_hop(hop) else {
            break;
        };
        nearest = address;
        if !is_trusted(address) {
            break;
        }
    }
    nearest
}

/// An address, alone or with a port, as balancers write it.
fn read_hop(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?.trim();
    let bare = || {
        text.strip_prefix('[')
            .and_then(|text| text.strip_suffix(']'))
            .unwrap_or(text)
            .parse::<IpAddr>()
            .ok()
    };
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare()
        .or_else(with_port)
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use rstest::rstest;

    use super::*;

    fn address(peer: &str, lines: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            // One byte for each character, so that a test can write bytes that are no UTF-8.
            let bytes: Vec<u8> = line.chars().map(|c| u8::try_from(c).unwrap()).collect();
            headers.append(HEADER, HeaderValue::from_bytes(&bytes).unwrap());
        }
        headers.append("forwarded", HeaderValue::from_static("for=203.0.113.99"));
        headers.append("x-real-ip", HeaderValue::from_static("203.0.113.98"));
        let trusted: Vec<IpNet> = trusted.iter().map(|text| text.parse().unwrap()).collect();
        client_address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[rstest]
    #[case(&[])]
    #[case(&["10.0.0.0/8"])]
    fn no_header_is_believed_from_a_connection_that_is_no_balancer(#[case] trusted: &[&str]) {
        let seen = address("198.51.100.7", &["203.0.113.1"], trusted);
        assert_eq!(seen, "198.51.100.7");
    }

    #[rstest]
    #[case(&["203.0.113.1"], "203.0.113.1")]
    #[case(&["1.1.1.1, 203.0.113.1"], "203.0.113.1")]
    #[case(&["10.0.0.9, 203.0.113.1"], "203.0.113.1")]
    #[case(&["127.0.0.1,10.0.0.9,203.0.113.1 , 10.0.0.2"], "203.0.113.1")]
    #[case(&["1.1.1.1", "203.0.113.1", "10.0.0.2"], "203.0.113.1")]
    #[case(&["203.0.113.1:4711"], "203.0.113.1")]
    #[case(&["[2001:db8::1]:4711"], "2001:db8::1")]
    #[case(&["[2001:db8::1]"], "2001:db8::1")]
    #[case(&["2001:db8::1"], "2001:db8::1")]
    #[case(&["::ffff:203.0.113.1"], "203.0.113.1")]
    #[case(&["\u{ff}\u{fe} garbage, 203.0.113.1"], "203.0.113.1")]
    fn behind_balancers_the_right_most_address_that_is_none_counts(
        #[case] lines: &[&str],
        #[case] expected: &str,
    ) {
        assert_eq!(address("10.0.0.1", lines, &["10.0.0.0/8"]), expected);
        assert_eq!(address("::ffff:10.0.0.1", lines, &["10.0.0.0/8"]), expected);
    }

    #[rstest]
    #[case(&[], "10.0.0.1")]
    #[case(&[""], "10.0.0.1")]
    #[case(&["unknown"], "10.0.0.1")]
    #[case(&["203.0.113.1, unknown"], "10.0.0.1")]
    #[case(&["203.0.113.1,"], "10.0.0.1")]
    #[case(&["203.0.113.1, for=203.0.113.1"], "10.0.0.1")]
    #[case(&["203.0.113.1, _hidden, 10.0.0.2"], "10.0.0.2")]
    #[case(&["203.0.113.1 203.0.113.2"], "10.0.0.1")]
    #[case(&["fe80::1%eth0"], "10.0.0.1")]
    #[case(&["10.0.0.3, 10.0.0.2"], "10.0.0.3")]
    fn what_no_balancer_writes_counts_under_the_last_one_that_is_trusted(
        #[case] lines: &[&str],
        #[case] expected: &str,
    ) {
        assert_eq!(address("10.0.0.1", lines, &["10.0.0.0/8"]), expected);
    }
}

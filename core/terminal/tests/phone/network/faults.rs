//! Faults that meet everything: the platform gone, slow, cut off, answering nonsense, out of order.

use rstest::rstest;

use super::{Fault, Net, live_through, touch};

/// More than a phone ever takes.
const ENDLESS: &[u8] = &[b'x'; 4096];
const BOMB: &[u8] = include_bytes!("bomb.json.gz");

/// An answer of a few lines.
pub(super) fn raw(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes =
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\n\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

pub(super) fn json(body: &[u8]) -> Fault {
    Fault::Answer(raw("200 OK", "Content-Type: application/json\r\n", body))
}

pub(super) fn html(status: &str) -> Fault {
    let page = b"<html><form action='/login'>Welcome to our Wi-Fi</form></html>";
    Fault::Answer(raw(status, "Content-Type: text/html\r\n", page))
}

async fn meets(name: &str, fault: Fault, expected: &str) {
    let net = Net::new().await;
    let terminal = net.ready().await;
    net.proxy.fail(fault);
    live_through(&net, &terminal, name, expected).await;
}

#[tokio::test(start_paused = true)]
async fn the_platform_is_gone_and_refuses() {
    let net = Net::new().await;
    let terminal = net.ready().await;
    net.proxy.refuse().await;
    live_through(&net, &terminal, "refused", "network.unreachable").await;
}

#[tokio::test(start_paused = true)]
async fn the_platform_is_gone_and_every_packet_is_swallowed() {
    let net = Net::new().await;
    let terminal = net.ready().await;
    net.proxy.swallow().await;
    live_through(&net, &terminal, "swallowed", "network.unreachable").await;
}

#[rstest]
#[case::silence(Fault::Silence)]
#[case::a_byte_a_second_in_the_head(Fault::Slow)]
#[case::a_byte_a_second_in_the_body(Fault::SlowBody)]
#[case::it_stalls_in_the_body(Fault::Stall)]
#[case::it_says_wait_for_ever(Fault::Dripping(b"HTTP/1.1 102 Processing\r\n\r\n"))]
#[tokio::test(start_paused = true)]
async fn the_platform_is_slow(#[case] fault: Fault) {
    meets("slow", fault, "network.timed_out").await;
}

#[rstest]
#[case::before_the_first_byte(Fault::Cut(0))]
#[case::after_the_first_byte(Fault::Cut(1))]
#[case::in_the_first_line(Fault::Cut(12))]
#[case::after_the_first_line(Fault::Cut(17))]
#[case::in_the_head(Fault::Cut(40))]
#[case::in_the_body(Fault::CutBeforeEnd(30))]
#[case::before_the_last_byte(Fault::CutBeforeEnd(1))]
#[tokio::test(start_paused = true)]
async fn the_platform_cuts_off_in_the_middle_of_its_answer(#[case] fault: Fault) {
    meets("cut", fault, "network.interrupted").await;
}

#[rstest]
#[case::not_http(Fault::Answer(b"220 mail.example ESMTP ready\r\n".to_vec()), "network.not_the_platform")]
#[case::binary(Fault::Answer(vec![0xff; 300]), "network.not_the_platform")]
#[case::a_page_with_200(html("200 OK"), "network.not_the_platform")]
#[case::no_media_type(Fault::Answer(raw("200 OK", "", b"{}")), "network.not_the_platform")]
#[case::another_media_type(
    Fault::Answer(raw("200 OK", "Content-Type: text/plain\r\n", b"{}")),
    "network.not_the_platform"
)]
#[case::an_empty_object(json(b"{}"), "network.unreadable")]
#[case::no_json(json(b"\x00\x01\x02"), "network.unreadable")]
#[case::nothing(json(b""), "network.unreadable")]
#[case::a_problem_with_200(
    Fault::Answer(raw("200 OK", "Content-Type: application/problem+json\r\n", b"{}")),
    "network.not_the_platform"
)]
#[case::a_gzip_bomb(
    Fault::Answer(raw(
        "200 OK",
        "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
        BOMB
    )),
    "network.unreadable"
)]
#[case::a_huge_body_announced(
    Fault::Answer(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999999999\r\n\r\n{".to_vec()
    ),
    "network.too_large"
)]
#[case::a_huge_body_unannounced(
    Fault::Endless(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n".to_vec(), ENDLESS),
    "network.too_large"
)]
#[case::endless_headers(
    Fault::Endless(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-More: and more\r\n"),
    "network.not_the_platform"
)]
#[case::one_endless_header(
    Fault::Endless(b"HTTP/1.1 200 OK\r\nX-More: ".to_vec(), ENDLESS),
    "network.not_the_platform"
)]
#[tokio::test(start_paused = true)]
async fn the_platform_answers_nonsense(#[case] fault: Fault, #[case] expected: &str) {
    meets("nonsense", fault, expected).await;
}

#[tokio::test(start_paused = true)]
async fn every_server_error_leaves_the_code_lit() {
    let net = Net::new().await;
    let terminal = net.ready().await;
    for status in (500..=511).chain([520, 530, 599]) {
        net.proxy.fail(html(&format!("{status} Sorry")));
        let expected = match status {
            503 => "network.crowded",
            511 => "network.redirected",
            _ => "network.platform_down",
        };
        touch(&net, &terminal, &status.to_string(), expected).await;
    }
    net.proxy.fail(html("500 Sorry"));
    live_through(&net, &terminal, "500", "network.platform_down").await;
}

#[tokio::test(start_paused = true)]
async fn a_filter_on_the_way_refuses_everything() {
    let net = Net::new().await;
    let terminal = net.ready().await;
    for status in ["400 No", "404 No", "407 Sign in", "451 No"] {
        net.proxy.fail(html(status));
        touch(&net, &terminal, status, "network.blocked").await;
    }
    net.proxy.fail(html("403 Forbidden"));
    live_through(&net, &terminal, "filter", "network.blocked").await;
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_page_is_never_followed() {
    let elsewhere = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = elsewhere.local_addr().unwrap();
    let net = Net::new().await;
    let terminal = net.ready().await;
    let headers = format!("Location: http://{to}/login\r\n");
    let points = |status: u16| Fault::Answer(raw(&format!("{status} There"), &headers, b""));
    for status in [300, 301, 303, 307, 308] {
        net.proxy.fail(points(status));
        touch(&net, &terminal, "portal", "network.redirected").await;
    }
    net.proxy.fail(points(302));
    live_through(&net, &terminal, "portal", "network.redirected").await;
    let visit = tokio::time::timeout(std::time::Duration::from_secs(1), elsewhere.accept()).await;
    assert!(visit.is_err(), "somebody went there");
}

//! The server behind a socket: requests that are no proper HTTP.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpStream},
};

use actix_web::{App as ActixApp, HttpServer, middleware, rt, web};
use server::{app::App, http};
use xblock::Site;

use crate::{
    app::{BLOCKS, TestApp},
    content::INTRO,
};

/// Sends bytes and returns the status of the answer, or nothing when the connection was just closed.
fn send(to: SocketAddr, bytes: &[u8]) -> Option<u16> {
    let mut stream = TcpStream::connect(to).unwrap();
    // The server may close before it has read everything.
    let _ = stream.write_all(bytes);
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let line = answer.split(|byte| *byte == b'\r').next()?;
    std::str::from_utf8(line).ok()?.split(' ').nth(1)?.parse().ok()
}

#[actix_web::test]
async fn what_is_no_proper_request_does_no_harm() {
    let app = TestApp::new().await;
    let shared = std::sync::Arc::clone(&app.shared);
    let server = HttpServer::new(move || {
        let app = App { site: Site::Learn, shared: std::sync::Arc::clone(&shared) };
        ActixApp::new()
            .wrap(middleware::from_fn(http::observe::observe))
            .configure(move |config| http::routes(config, app.clone()))
    })
    .workers(1)
    .disable_signals()
    .bind(("127.0.0.1", 0))
    .unwrap();
    let to = server.addrs()[0];
    let server = server.run();
    let handle = server.handle();
    rt::spawn(server);

    let get =
        |path: &str, more: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}\r\n");
    let good = get(&format!("{BLOCKS}{INTRO}/"), "");
    let long = get(&format!("{BLOCKS}lb:O:l:html:{}/", "a".repeat(100_000)), "");
    let header = get("/", &format!("X-Long: {}\r\n", "a".repeat(300_000)));
    let headers = get("/", &"X-Many: a\r\n".repeat(5_000));
    let raw = [b"GET /units/\xff\xfe HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec()].concat();
    let handler = app.handler(crate::content::P1, "7", "xmodule_handler/problem_check");
    let post = |more: &str| format!("POST {handler} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{more}");
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let short = post(&format!("{form}Content-Length: 1000\r\n\r\na_1=x"));
    let chunks = post(&format!("{form}Transfer-Encoding: chunked\r\n\r\nfffffffff\r\nabc"));
    let both = post(&format!("{form}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
    let huge = post(&format!("{form}Content-Length: 99999999999999999999\r\n\r\n"));
    let requests: [(&str, Vec<u8>); 11] = [
        ("a key of 100 kB", long.into()),
        ("a header of 300 kB", header.into()),
        ("5,000 headers", headers.into()),
        ("bytes that are no text", raw),
        ("no request", vec![0; 4096]),
        ("half a request", b"GET / HT".to_vec()),
        ("a body that ends early", short.into()),
        ("a chunk that ends early", chunks.into()),
        ("two lengths", both.into()),
        ("a length that is no number", huge.into()),
        ("a method nobody knows", b"BREW / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_vec()),
    ];
    let statuses = web::block(move || {
        let mut statuses = Vec::new();
        for (what, request) in requests {
            statuses.push((what, send(to, &request)));
            assert_eq!(send(to, good.as_bytes()), Some(200), "after {what}");
        }
        statuses
    })
    .await
    .unwrap();
    for (what, status) in statuses {
        assert!(status.is_none_or(|status| (400..500).contains(&status)), "{what}: {status:?}");
    }
    assert!(app.state("7", &[crate::content::P1]).await.blocks.is_empty());
    handle.stop(false).await;
}

//! Answers that a healthy server seldom gives, from a scripted one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::{S3Credentials, S3Options, S3Store};
use crate::{Key, ManualClock, ObjectStore, PutOutcome, RetryPolicy, RetryStore, StorageError};

/// Answers each request with the next line of its script and then hangs up; the last line is repeated.
#[derive(Debug)]
struct Server {
    endpoint: String,
    requests: Arc<Mutex<Vec<String>>>,
}

/// A script's line for a server that takes the request and never answers.
const SILENCE: &str = "";

impl Server {
    async fn start(script: &[&str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let script: Vec<String> = script.iter().map(|line| (*line).to_owned()).collect();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let nth = seen.lock().len();
                // The SDK opens no connection that it does not use, so connections are requests.
                seen.lock().push(String::new());
                let answer = script[nth.min(script.len() - 1)].clone();
                let seen = Arc::clone(&seen);
                tokio::spawn(async move {
                    let request = answer_one(stream, &answer).await;
                    seen.lock()[nth] = request;
                });
            }
        });
        Self { endpoint, requests }
    }

    async fn store(&self) -> S3Store {
        let options = S3Options {
            endpoint: Some(self.endpoint.clone()),
            region: Some("us-east-1".to_owned()),
            credentials: Some(S3Credentials {
                access_key_id: "id".to_owned(),
                secret_access_key: "secret".to_owned(),
                session_token: None,
            }),
            attempt_timeout: Duration::from_millis(500),
            ..S3Options::default()
        };
        S3Store::new("bucket", "", &options).await.unwrap()
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().clone()
    }
}

async fn answer_one(mut stream: TcpStream, answer: &str) -> String {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                break;
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break,
            Ok(read) => request.extend_from_slice(&buffer[..read]),
        }
    }
    if answer == SILENCE {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
    let _ = stream.write_all(answer.as_bytes()).await;
    let _ = stream.shutdown().await;
    String::from_utf8_lossy(&request).into_owned()
}

fn key() -> Key {
    Key::new("a/b c").unwrap()
}

/// An answer with an S3 error in its body.
fn refused(status: &str, code: &str) -> String {
    let body = format!("<Error><Code>{code}</Code><Message>said so</Message></Error>");
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {length}\r\n\r\n{body}")
}

async fn unavailable(script: &str, expected: &str) {
    let server = Server::start(&[script]).await;
    let error = server.store().await.get_range(&key(), 0..10).await.unwrap_err();
    let StorageError::Unavailable { reason, .. } = &error else { panic!("{error:?}") };
    assert!(reason.contains(expected), "{reason}");
}

#[tokio::test]
async fn broken_bodies_are_errors() {
    let head = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/100\r\n";
    unavailable(&format!("{head}Content-Length: 10\r\n\r\n01234"), "body broke off").await;
    unavailable(&format!("{head}Content-Length: 5\r\n\r\n01234"), "body ended after 5 of 10 bytes").await;
    unavailable(&format!("{head}Content-Length: 11\r\n\r\n01234567890"), "longer than the 10 bytes").await;
    unavailable("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789", "without its size").await;
    unavailable("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnope", "an S3 server?").await;
    unavailable("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "an S3 server?").await;
    unavailable("not HTTP at all\r\n\r\n", "").await;
    unavailable(&refused("503 Slow Down", "SlowDown"), "status 503, SlowDown: said so").await;
    unavailable(&refused("500 Oops", "InternalError"), "status 500").await;
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let server = Server::start(&[SILENCE]).await;
    let store = server.store().await;
    let started = Instant::now();
    let error = store.get(&key()).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
    let outcome = store.put_if_absent(&key(), "1".into()).await;
    assert!(matches!(&outcome, PutOutcome::Unknown(error) if error.is_transient()), "{outcome:?}");
    assert!(started.elapsed() < Duration::from_secs(5));
    // The head comes at once, the body never.
    let server = Server::start(&["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"]).await;
    let error = server.store().await.get(&key()).await.unwrap_err();
    assert!(error.is_transient(), "{error:?}");
}

#[tokio::test]
async fn conditional_writes_are_sent_once_with_their_condition() {
    let check = async |answer: &str, expected: &str| {
        let server = Server::start(&[answer]).await;
        let store = RetryStore::new(
            Arc::new(server.store().await),
            RetryPolicy::default(),
            Arc::new(ManualClock::new(0)),
            1,
        );
        let absent = store.put_if_absent(&key(), "body".into()).await;
        let matched = store.put_if_match(&key(), "body".into(), "\"v\"").await;
        for outcome in [absent, matched] {
            let kind = match outcome {
                PutOutcome::Created(version) => format!("created {version}"),
                PutOutcome::Exists => "exists".to_owned(),
                PutOutcome::Unknown(StorageError::Denied { .. }) => "unknown, denied".to_owned(),
                PutOutcome::Unknown(error) if error.is_transient() => "unknown".to_owned(),
                PutOutcome::Unknown(error) => format!("unknown, {error:?}"),
            };
            assert_eq!(kind, expected, "{answer}");
        }
        let requests = server.requests();
        assert_eq!(requests.len(), 2, "{answer}: {requests:#?}");
        assert!(requests[0].starts_with("PUT /bucket/a/b%20c"), "{}", requests[0]);
        assert!(requests[0].to_lowercase().contains("if-none-match: *"), "{}", requests[0]);
        assert!(requests[1].to_lowercase().contains("if-match: \"v\""), "{}", requests[1]);
        assert!(requests.iter().all(|request| request.ends_with("body")));
    };
    check("HTTP/1.1 200 OK\r\nETag: \"e\"\r\nContent-Length: 0\r\n\r\n", "created \"e\"").await;
    check("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "unknown").await;
    check(&refused("412 Precondition Failed", "PreconditionFailed"), "exists").await;
    check(&refused("409 Conflict", "ConditionalRequestConflict"), "unknown").await;
    check(&refused("503 Slow Down", "SlowDown"), "unknown").await;
    check(&refused("403 Forbidden", "SignatureDoesNotMatch"), "unknown, denied").await;
    check("HTTP/1.1 200", "unknown").await;
}

#[tokio::test]
async fn reads_are_repeated_until_they_are_whole() {
    let good = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/100\r\nContent-Length: 10\r\n\r\n0123456789";
    let cut = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/100\r\nContent-Length: 10\r\n\r\n01";
    let server = Server::start(&[&refused("503 Slow Down", "SlowDown"), cut, "", good]).await;
    let store = Arc::new(server.store().await);
    let store = RetryStore::new(store, RetryPolicy::default(), Arc::new(ManualClock::new(0)), 1);
    assert_eq!(store.get_range(&key(), 0..10).await.unwrap(), "0123456789");
    let counted = store.counters();
    assert_eq!((counted.requests, counted.retries, counted.bytes_read), (4, 3, 12));
}

#[tokio::test]
async fn ranges_outside_are_told_with_the_size() {
    let check = async |script: &[&str], range: std::ops::Range<u64>| {
        let server = Server::start(script).await;
        let error = server.store().await.get_range(&key(), range).await.unwrap_err();
        assert!(matches!(error, StorageError::RangeOutside { size: 7, .. }), "{error:?}");
    };
    let cut = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-6/7\r\nContent-Length: 2\r\n\r\n56";
    check(&[cut], 5..9).await;
    let refused =
        "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Range: bytes */7\r\nContent-Length: 0\r\n\r\n";
    check(&[refused], 7..9).await;
    let sizeless = "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n";
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nETag: \"e\"\r\n\r\n";
    check(&[sizeless, head], 7..9).await;
    check(&[head], 8..8).await;
}

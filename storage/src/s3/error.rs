//! What an answer of the server, or the lack of one, means to the caller.

use std::error::Error;

use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::StorageError;

/// Which request failed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub store: &'a str,
    pub endpoint: &'a str,
    pub bucket: &'a str,
    pub key: &'a str,
    pub operation: &'static str,
}

/// A failed request, with the two statuses apart that mean different things to different callers.
#[derive(Debug)]
pub(super) enum Failure {
    /// 412: a condition did not hold.
    Precondition(StorageError),
    /// 416: the range lies outside; the object's size if the server told it.
    Range(StorageError, Option<u64>),
    /// Anything else.
    Other(StorageError),
}

impl Failure {
    pub(super) fn into_error(self) -> StorageError {
        match self {
            Self::Precondition(error) | Self::Range(error, _) | Self::Other(error) => error,
        }
    }
}

impl Place<'_> {
    /// Classes a failed request.
    pub(super) fn failure<E>(&self, error: SdkError<E, HttpResponse>) -> Failure
    where
        E: ProvideErrorMetadata + Error + 'static,
    {
        let Some(response) = error.raw_response() else {
            return Failure::Other(self.no_answer(&error));
        };
        let status = response.status().as_u16();
        let code = error.code().unwrap_or_default().to_owned();
        let reason = match (error.message(), code.as_str()) {
            (Some(message), "") => format!("status {status}: {message}"),
            (Some(message), code) => format!("status {status}, {code}: {message}"),
            (None, "") => format!("status {status}"),
            (None, code) => format!("status {status}, {code}"),
        };
        match status {
            412 => Failure::Precondition(self.unavailable(reason)),
            416 => Failure::Range(
                self.unavailable(reason),
                response.headers().get("content-range").and_then(size),
            ),
            _ => Failure::Other(self.status(status, &code, reason)),
        }
    }

    fn status(&self, status: u16, code: &str, reason: String) -> StorageError {
        let (store, key) = (self.store.to_owned(), self.key.to_owned());
        match status {
            _ if code == "NoSuchBucket" => StorageError::Invalid {
                reason: format!("bucket {} does not exist at {}", self.bucket, self.endpoint),
            },
            // Answers to HEAD have no body and so no code.
            404 if self.operation == "head" || code == "NoSuchKey" => StorageError::NotFound { store, key },
            // A proxy or another service at that address says 404 too, and a key taken for absent is a
            // dangerous thing to be wrong about.
            404 => self.unavailable(format!("{reason}, not NoSuchKey: is {} an S3 server?", self.endpoint)),
            401 | 403 => StorageError::Denied { store, key, reason },
            400 if is_about_credentials(code) => StorageError::Denied { store, key, reason },
            301 | 307 => StorageError::Invalid {
                reason: format!("{store} is in another region than the one configured: {reason}"),
            },
            408 | 409 | 425 | 429 | 500.. => self.unavailable(reason),
            // The server broke off while it was read: a success status without a usable answer.
            200..=299 => self.unavailable(format!("unreadable answer, {reason}")),
            _ if code == "RequestTimeout" || code == "RequestTimeTooSkewed" => self.unavailable(reason),
            _ => StorageError::Invalid {
                reason: format!("{} of {key} in {store} was refused: {reason}", self.operation),
            },
        }
    }

    /// Classes a request that got no answer: no keys to sign it, no connection, or a timeout.
    fn no_answer<E: Error + 'static>(&self, error: &SdkError<E, HttpResponse>) -> StorageError {
        let causes = causes(error);
        match error {
            SdkError::ConstructionFailure(_) => StorageError::Invalid {
                reason: format!("{} of {} in {}: {causes}", self.operation, self.key, self.store),
            },
            SdkError::DispatchFailure(failure) if failure.is_other() && causes.contains("credentials") => {
                StorageError::Denied {
                    store: self.store.to_owned(),
                    key: self.key.to_owned(),
                    reason: format!(
                        "no usable credentials (set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY): {causes}"
                    ),
                }
            }
            _ => self.unavailable(format!("{}: {causes}", self.endpoint)),
        }
    }

    /// Returns the error of a passing failure.
    pub(super) fn unavailable(&self, reason: String) -> StorageError {
        StorageError::Unavailable {
            store: self.store.to_owned(),
            key: self.key.to_owned(),
            operation: self.operation,
            attempts: 1,
            reason,
        }
    }
}

fn is_about_credentials(code: &str) -> bool {
    let known = ["InvalidAccessKeyId", "ExpiredToken", "InvalidToken", "AuthorizationHeaderMalformed"];
    known.contains(&code)
}

/// Returns the messages from the failure down to its root, each once.
fn causes<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut next: Option<&dyn Error> = Some(error);
    while let Some(cause) = next {
        let text = cause.to_string();
        if !parts.iter().any(|part| part.contains(&text)) {
            parts.push(text);
        }
        next = cause.source();
    }
    if parts.is_empty() { DisplayErrorContext(error).to_string() } else { parts.join(": ") }
}

/// Returns the object's size from a `Content-Range` header: `bytes 0-9/100` or `bytes */100`.
pub(super) fn size(content_range: &str) -> Option<u64> {
    content_range.rsplit_once('/').and_then(|(_, size)| size.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::{Place, size};
    use crate::StorageError;

    #[test]
    fn statuses() {
        let place = Place { store: "s3://b", endpoint: "http://e", bucket: "b", key: "k", operation: "get" };
        let class = |status, code: &str| match place.status(status, code, String::new()) {
            StorageError::NotFound { .. } => "not found",
            StorageError::Denied { .. } => "denied",
            StorageError::Unavailable { .. } => "unavailable",
            StorageError::Invalid { .. } => "invalid",
            other => panic!("{other:?}"),
        };
        assert_eq!(class(404, "NoSuchKey"), "not found");
        assert_eq!(class(404, "NoSuchBucket"), "invalid");
        assert_eq!(class(404, ""), "unavailable");
        assert_eq!(class(404, "NotFound"), "unavailable");
        assert_eq!(class(403, "SignatureDoesNotMatch"), "denied");
        assert_eq!(class(400, "ExpiredToken"), "denied");
        assert_eq!(class(400, "InvalidRequest"), "invalid");
        assert_eq!(class(301, "PermanentRedirect"), "invalid");
        assert_eq!(class(409, "ConditionalRequestConflict"), "unavailable");
        assert_eq!(class(429, ""), "unavailable");
        assert_eq!(class(503, "SlowDown"), "unavailable");
        assert_eq!(class(200, ""), "unavailable");
    }

    #[test]
    fn sizes_in_content_ranges() {
        assert_eq!(size("bytes 0-9/100"), Some(100));
        assert_eq!(size("bytes */7"), Some(7));
        assert_eq!(size("bytes 0-9/*"), None);
        assert_eq!(size(""), None);
    }
}

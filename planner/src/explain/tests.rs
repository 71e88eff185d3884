use canopy_proto::plan::{self, OperatorProfile, operator::Kind};

use super::render;

#[test]
fn profiles_stand_beside_estimates() {
    let values = plan::Values { columns: Vec::new(), rows: vec![plan::ValuesRow::default(); 3] };
    let values = plan::Operator { id: 1, estimated_rows: 1234.4, kind: Some(Kind::Values(values)) };
    let limit = plan::Limit { input: Some(Box::new(values)), limit: Some(2), offset: 1 };
    let root = plan::Operator { id: 2, estimated_rows: -1.0, kind: Some(Kind::Limit(Box::new(limit))) };
    let fragment = plan::Fragment {
        id: 1,
        root: Some(root),
        placement: plan::Placement::Root as i32,
        ..Default::default()
    };
    let plan = plan::Plan { context: None, fragments: vec![fragment], output: Vec::new() };
    let profile = OperatorProfile {
        operator_id: 1,
        rows_out: 3,
        cpu_ns: 1_500_000,
        bytes_fetched: 2048,
        blocks_read: 1,
        blocks_skipped: 9,
        ..Default::default()
    };
    let expected = "Fragment 1: at the root\n  Limit 2 after 1\n    \
        Values 3 rows  [~1,234 rows]  (3 rows, 1.5 ms, 2.0 KiB fetched, 9 of 10 blocks skipped)\n\nOutput: \n";
    assert_eq!(render(&plan, Some(&[profile])), expected);
}

use super::*;

#[test]
fn a_query_ends_at_its_own_limit_and_at_the_process_limit() {
    let process = MemoryBudget::new(100_000);
    let (a, b) = (process.child(60_000), process.child(1 << 40));
    let memory = OperatorMemory::new("hash join 3");
    let mut first = a.reservation(&memory);
    first.grow_to(50_000).unwrap();
    let error = first.grow_to(70_000).unwrap_err().to_string();
    assert!(error.contains("hash join 3 asked for"), "{error}");
    assert!(error.contains("of 60000 in use"), "{error}");
    let mut second = b.reservation(&memory);
    assert!(matches!(second.grow_to(60_000), Err(ExecError::OutOfMemory { limit: 100_000, .. })));
    assert_eq!(b.used(), 0, "a refused child takes nothing");
    second.grow_to(40_000).unwrap();
    assert!(memory.peak() >= 90_000);
    drop((first, second));
    assert_eq!((process.used(), a.used(), b.used()), (0, 0, 0));
}

#[test]
fn small_steps_stay_inside_a_chunk_and_the_last_bytes_go_out_exactly() {
    let budget = MemoryBudget::new(10_000);
    let memory = OperatorMemory::new("sort");
    let mut held = budget.reservation(&memory);
    held.grow_by(1).unwrap();
    assert_eq!(budget.used(), CHUNK_BYTES_MIN);
    held.grow_to(10_000).unwrap();
    assert_eq!(budget.used(), 10_000);
    assert!(held.grow_by(1).is_err());
}

#[test]
fn a_spiller_is_asked_before_the_query_fails() {
    struct Holder(parking_lot::Mutex<Reservation>);
    impl Spill for Holder {
        fn spill(&self, _: u64) -> Result<u64> {
            self.0.lock().release();
            Ok(8000)
        }
    }
    let budget = MemoryBudget::new(10_000);
    let memory = OperatorMemory::new("aggregate");
    let mut held = budget.reservation(&memory);
    held.grow_to(8000).unwrap();
    let holder: Arc<dyn Spill> = Arc::new(Holder(parking_lot::Mutex::new(held)));
    budget.register(Arc::downgrade(&holder));
    let mut other = budget.reservation(&memory);
    other.grow_to(9000).unwrap();
}

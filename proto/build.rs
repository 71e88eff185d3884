//! Compiles the contracts without a system `protoc`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=proto");
    let files = protox::compile(["proto/plan.proto", "proto/tree.proto", "proto/query.proto"], ["proto"])?;
    let descriptor = std::path::PathBuf::from(std::env::var("OUT_DIR")?).join("canopy_descriptor.bin");
    std::fs::write(descriptor, prost::Message::encode_to_vec(&files))?;
    // Large fields box themselves where messages nest; batches stay shared bytes.
    tonic_prost_build::configure().bytes(".").compile_fds(files)?;
    Ok(())
}

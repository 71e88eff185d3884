//! Values as text, as CAST AS STRING writes them.

pub use canopy_exec::function::format_value;

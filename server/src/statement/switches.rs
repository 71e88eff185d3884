//! Switches of a request: how its queries are planned and computed, for tests and diagnosis.

use std::collections::HashMap;

use canopy_planner::optimizer::Rules;

use crate::error::{Result, ServerError};

/// How queries are planned and computed; their results are the same.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Switches {
    /// Which rewrites are made.
    pub(crate) rules: Rules,
    /// Whether SIMD kernels are left aside.
    pub(crate) scalar_kernels: bool,
}

impl Switches {
    /// Reads a request's options.
    ///
    /// # Errors
    /// For a name or value that there is not.
    pub(crate) fn parse(options: &HashMap<String, String>) -> Result<Self> {
        let mut switches = Self::default();
        for (name, value) in options {
            match (name.as_str(), value.as_str()) {
                ("optimizer", "on") => switches.rules = Rules::All,
                ("optimizer", "off") => switches.rules = Rules::Needed,
                ("kernels", "simd") => switches.scalar_kernels = false,
                ("kernels", "scalar") => switches.scalar_kernels = true,
                _ => {
                    return Err(ServerError::invalid(format!(
                        "unknown option {name}={value}: expected optimizer=on|off or kernels=simd|scalar"
                    )));
                }
            }
        }
        Ok(switches)
    }
}

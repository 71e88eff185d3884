//! CAST with a FORMAT clause.

use canopy_format::DataType;

use crate::function::call::Kernel;

/// The kernel of a formatted cast; None when there is no such cast.
pub(crate) fn find(_from: &DataType, _to: &DataType) -> Option<Kernel> {
    None
}

//! Workloads that come with Canopy: their tables, their questions, and what the answers must be.

mod load;
mod question;

pub use load::{DOCUMENTS_SEED, Loaded, load_all};
pub use load::{documents as documents_table, hits as hits_table, tpch as tpch_tables};
pub use question::{Answer, Question, Verdict, all_right, ask_all};
pub use question::{documents as document_questions, hits as hits_questions, tpch as tpch_questions};

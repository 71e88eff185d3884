//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Canopy: a columnar SQL engine for nested data. GoogleSQL in, answers out.
#[derive(Debug, Parser)]
#[command(name = "canopy", version)]
pub struct Arguments {
    /// Options that every command takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The warehouse when none is named.
pub const DEFAULT_WAREHOUSE: &str = "./warehouse";

/// Options that every command takes, before or after it.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The warehouse: a directory, s3://bucket/prefix, or memory:
    #[arg(long, global = true, env = "CANOPY_WAREHOUSE", default_value = DEFAULT_WAREHOUSE)]
    pub warehouse: String,
    /// The dataset of table names without one
    #[arg(long, global = true, env = "CANOPY_DATASET", default_value = "main")]
    pub dataset: String,
    /// A root to send statements to, instead of running them in this process
    #[arg(long, global = true, env = "CANOPY_CONNECT", value_name = "HOST:PORT")]
    pub connect: Option<String>,
    /// Worker threads; 0 is one a core
    #[arg(long, global = true, default_value_t = 0, value_name = "N")]
    pub threads: usize,
    /// Memory for queries, such as 2GB; 0 is half of the machine's
    #[arg(long, global = true, default_value = "0", value_parser = parse_bytes, value_name = "SIZE")]
    pub memory: u64,
    /// Memory for cached file blocks; 0 is a quarter of the machine's
    #[arg(long, global = true, default_value = "0", value_parser = parse_bytes, value_name = "SIZE")]
    pub cache_memory: u64,
    /// A directory on local disk for cached file blocks
    #[arg(long, global = true, value_name = "DIR")]
    pub cache_dir: Option<PathBuf>,
    /// How much of that disk to use
    #[arg(long, global = true, default_value = "10GB", value_parser = parse_bytes, value_name = "SIZE")]
    pub cache_disk: u64,
    /// Say more on stderr; twice for even more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run GoogleSQL: from -c, a file, standard input, or interactively
    Sql(SqlArguments),
    /// Load Parquet, CSV or newline-delimited JSON files into a table
    Load(LoadArguments),
    /// Write a table or a query's rows to files
    Export(ExportArguments),
    /// Run a server
    Serve(ServeArguments),
    /// Show what is inside a .cnpy file
    Inspect(InspectArguments),
    /// Generate data, load it, query it, check the answers
    Demo(DemoArguments),
    /// Time a workload's queries, checking their answers
    Bench(BenchArguments),
}

/// `canopy sql`.
#[derive(Debug, Args)]
pub struct SqlArguments {
    /// The statements
    #[arg(short = 'c', long = "command", value_name = "SQL", conflicts_with = "file")]
    pub command: Option<String>,
    /// A file of statements
    #[arg(short, long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// How to print rows; a table on a terminal, CSV elsewhere, when not said
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// A query parameter name:TYPE:value (an empty name: the next positional one)
    #[arg(long = "param", value_name = "NAME:TYPE:VALUE")]
    pub parameters: Vec<String>,
    /// A switch for diagnosis: optimizer=off, kernels=scalar
    #[arg(long = "set", value_name = "NAME=VALUE", hide = true)]
    pub options: Vec<String>,
    /// Check the statements and estimate bytes; run nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print a JSON line of timings after each statement, on stderr
    #[arg(long)]
    pub timing: bool,
    /// Cancel statements that take longer, in seconds
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<f64>,
}

/// How rows are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A table with lines around it
    Table,
    /// Comma-separated values with a header
    Csv,
    /// An array of row objects
    Json,
    /// A row object a line
    Jsonl,
    /// One object with schema, rows and statistics
    JsonFull,
    /// An Arrow IPC stream
    Arrow,
    /// A line for each value, for wide rows
    Vertical,
}

/// `canopy load`.
#[derive(Debug, Args)]
pub struct LoadArguments {
    /// The table, made if it is not there: TABLE or DATASET.TABLE
    pub table: String,
    /// The files; a * stands for any characters
    #[arg(required = true)]
    pub files: Vec<String>,
    /// PARQUET, CSV or JSON; by the files' names when not said
    #[arg(long)]
    pub format: Option<String>,
    /// Replace the rows that are there
    #[arg(long)]
    pub overwrite: bool,
    /// Further options as of LOAD DATA, such as skip_leading_rows=1
    #[arg(long = "option", value_name = "NAME=VALUE")]
    pub options: Vec<String>,
}

/// `canopy export`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// A table, or a query in parentheses
    pub source: String,
    /// The file to write; a * stands for a number
    pub uri: String,
    /// PARQUET, CSV or JSON; by the file's name when not said
    #[arg(long)]
    pub format: Option<String>,
    /// Replace files that are there
    #[arg(long)]
    pub overwrite: bool,
}

/// `canopy serve`.
#[derive(Debug, Args)]
pub struct ServeArguments {
    /// What the server is
    #[arg(long, value_enum, default_value = "all")]
    pub role: Role,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:7400", value_name = "HOST:PORT")]
    pub listen: SocketAddr,
    /// Where other servers reach this one, when that differs
    #[arg(long, value_name = "HOST:PORT")]
    pub advertise: Option<String>,
    /// A root to register with (mixers and leaves); may be given several times
    #[arg(long = "root", value_name = "HOST:PORT")]
    pub roots: Vec<String>,
    /// Where /metrics, /healthz and /readyz are served
    #[arg(long, value_name = "HOST:PORT")]
    pub http: Option<SocketAddr>,
    /// A file to write the port to, once the server listens; for port 0
    #[arg(long, value_name = "FILE")]
    pub port_file: Option<PathBuf>,
}

/// What a server is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Takes queries and plans them
    Root,
    /// Merges what leaves return
    Mixer,
    /// Reads files and runs tasks
    Leaf,
    /// A root with a leaf inside
    All,
}

/// `canopy inspect`.
#[derive(Debug, Args)]
pub struct InspectArguments {
    /// The file
    pub file: PathBuf,
    /// Print everything as JSON
    #[arg(long)]
    pub json: bool,
    /// Show every block
    #[arg(long)]
    pub blocks: bool,
    /// Show for each column's first block the encodings that were weighed, and what each costs
    #[arg(long)]
    pub choices: bool,
}

/// `canopy demo`.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// TPC-H's scale factor; answers are checked for 0.01, 0.1 and 1
    #[arg(long, default_value_t = 0.1)]
    pub scale: f64,
    /// Nested documents to generate
    #[arg(long, default_value_t = 50_000)]
    pub documents: usize,
    /// The directory of the warehouse, which must be fresh; ./warehouse when not said
    #[arg(long, value_name = "DIR")]
    pub directory: Option<String>,
}

/// `canopy bench`.
#[derive(Debug, Args)]
pub struct BenchArguments {
    /// What to run; its tables are made in the warehouse when they are not there
    #[arg(value_enum, default_value = "tpch")]
    pub workload: Workload,
    /// How much data: TPC-H's scale factor, 500,000 documents, or 2,000,000 page views a scale
    #[arg(long, default_value_t = 1.0)]
    pub scale: f64,
    /// Timed runs of each query, after one that is not; the median counts
    #[arg(long, default_value_t = 5)]
    pub runs: usize,
    /// Only these queries, such as q01,q06
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub queries: Vec<String>,
    /// Open the warehouse anew for every query: nothing is cached in this process
    #[arg(long)]
    pub cold: bool,
    /// A file to write the times to
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Answer statements from standard input instead, a JSON line each: for scripts that compare engines
    #[arg(long, conflicts_with_all = ["queries", "cold", "json"])]
    pub stdio: bool,
}

/// A workload of `canopy bench`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Workload {
    /// TPC-H's 22 queries
    Tpch,
    /// Seven queries over nested documents
    Nested,
    /// Queries over a wide table of page views
    Hits,
}

impl Workload {
    /// As on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tpch => "tpch",
            Self::Nested => "nested",
            Self::Hits => "hits",
        }
    }
}

impl Arguments {
    /// What is logged when CANOPY_LOG does not say.
    pub fn log_filter(&self) -> &'static str {
        match (self.global.verbose, &self.command) {
            // What libraries warn of ends in an error of ours, or in a retry.
            (0, Command::Serve(_)) => "error,canopy=info",
            (0, _) => "error,canopy=warn",
            (1, _) => "info,canopy=debug",
            _ => "debug",
        }
    }
}

/// Reads `512MB`, `2GiB` or a plain number of bytes.
fn parse_bytes(text: &str) -> Result<u64, String> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let number: f64 =
        text[..split].parse().map_err(|_| format!("expected a size such as 2GB, found {text:?}"))?;
    let unit: u64 = match text[split..].trim().to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "K" | "KB" | "KIB" => 1 << 10,
        "M" | "MB" | "MIB" => 1 << 20,
        "G" | "GB" | "GIB" => 1 << 30,
        "T" | "TB" | "TIB" => 1 << 40,
        unit => return Err(format!("unknown unit {unit:?}; expected B, KB, MB, GB or TB")),
    };
    Ok((number * unit as f64) as u64)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn global_options_stand_before_or_after_the_command() {
        for line in ["canopy --dataset d sql -c x", "canopy sql -c x --dataset d"] {
            let parsed = Arguments::try_parse_from(line.split(' ')).unwrap();
            assert_eq!(parsed.global.dataset, "d", "{line}");
        }
    }

    #[test]
    fn sizes() {
        let check =
            |text: &str, expected: Option<u64>| assert_eq!(parse_bytes(text).ok(), expected, "{text}");
        check("0", Some(0));
        check("2GB", Some(2 << 30));
        check("1.5MiB", Some(3 << 19));
        check("x", None);
        check("1XB", None);
    }
}

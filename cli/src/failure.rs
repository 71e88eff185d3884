//! How a command ends when it does not end well.

/// The result of a command.
pub type Result<T = ()> = std::result::Result<T, Failure>;

/// Why a command failed: a message for stderr, and which exit code it makes.
#[derive(Debug, PartialEq, Eq)]
pub enum Failure {
    /// Something that was asked for did not work: exit code 1. An empty message has been told already, or
    /// has nobody to be told to.
    Failed(String),
    /// The command line does not make sense: exit code 2.
    Usage(String),
}

impl Failure {
    /// Something did not work.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }

    /// The command line does not make sense.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
        }
    }

    /// What to say.
    pub fn message(&self) -> &str {
        let (Self::Failed(message) | Self::Usage(message)) = self;
        message
    }
}

/// A message alone is of something that did not work.
impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Failed(message)
    }
}

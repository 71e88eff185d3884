//! Identifiers: random 128-bit numbers, each kind a type of its own so that a swap does not compile.

use std::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
        pub struct $name(pub u128);

        impl $name {
            /// Returns the id as 16 big-endian bytes.
            pub fn to_bytes(self) -> [u8; 16] {
                self.0.to_be_bytes()
            }

            /// Returns the id of 16 big-endian bytes, or nothing when there are not 16.
            pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
                Some(Self(u128::from_be_bytes(bytes.try_into().ok()?)))
            }

            /// Returns the id of 32 hexadecimal digits, or nothing when the text is not that.
            pub fn parse(text: &str) -> Option<Self> {
                let lower_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                if text.len() != 32 || !text.bytes().all(lower_hex) {
                    return None;
                }
                u128::from_str_radix(text, 16).ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:032x}", self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({:032x})"), self.0)
            }
        }
    };
}

id! {
    /// Identifies a table for ever: a table dropped and created again under its name gets another.
    TableId
}
id! {
    /// Identifies a data file: the UUID that its writer put into it.
    FileId
}
id! {
    /// Identifies one transaction, whatever becomes of it.
    TransactionId
}
id! {
    /// Identifies a writer session: the folder of the objects that one process wrote.
    SessionId
}
id! {
    /// Identifies the log itself, so that records of two warehouses cannot be mixed.
    DomainId
}

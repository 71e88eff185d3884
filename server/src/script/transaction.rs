//! BEGIN, COMMIT and ROLLBACK TRANSACTION: statements between them read one snapshot and their own changes, and
//! take effect together.

use canopy_planner::syntax::ast::BeginTransaction;
use canopy_txn::Transaction;

use super::interpreter::Interpreter;
use crate::error::{ErrorKind, Result, ServerError};

impl Interpreter<'_> {
    /// Opens a transaction at the end of the log. It is undone when the script ends without a COMMIT.
    pub(super) async fn begin_transaction(&mut self, begin: &BeginTransaction) -> Result<()> {
        if let Some(mode) = begin.modes.first() {
            let message = format!("BEGIN TRANSACTION with {mode} is not supported");
            return Err(ServerError::new(ErrorKind::Unsupported, message));
        }
        if self.run.session.in_transaction() {
            return Err(ServerError::invalid("BEGIN TRANSACTION while a transaction is in progress"));
        }
        let transaction = Transaction::begin(self.run.engine.warehouse().log()).await?;
        self.run.session.keep_transaction(transaction);
        self.snapshot = None;
        Ok(())
    }

    /// Commits; the transaction is over, whatever comes of it.
    pub(super) async fn commit_transaction(&mut self) -> Result<()> {
        let Some(transaction) = self.run.session.take_transaction() else {
            return Err(ServerError::invalid("COMMIT TRANSACTION without a transaction in progress"));
        };
        self.snapshot = None;
        transaction.commit().await?;
        Ok(())
    }

    /// Forgets the transaction's changes.
    pub(super) fn rollback_transaction(&mut self) -> Result<()> {
        self.snapshot = None;
        match self.run.session.take_transaction() {
            Some(_) => Ok(()),
            None => Err(ServerError::invalid("ROLLBACK TRANSACTION without a transaction in progress")),
        }
    }
}

mod lifecycle;
mod support;
mod two_logs;

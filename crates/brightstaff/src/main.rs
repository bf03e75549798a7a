//! The native data plane: loads a rendered configuration, serves its listeners,
//! drains and ends.

mod arguments;
mod call;
mod client_io;
mod deadlines;
mod envoy;
mod fetch;
mod handlers;
mod server;
mod telemetry;
mod upstream;
mod worker;

use std::process::ExitCode;

use arguments::Arguments;
use server::{Configuration, Server, ServerError};

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => return fail(&message, 2),
    };
    telemetry::init_log(std::env::var("RUST_LOG").ok().as_deref());
    let environment = |name: &str| std::env::var(name).ok();
    let done = match arguments {
        Arguments::Print(text) => {
            write_out(&text);
            Ok(())
        }
        Arguments::Check { config } => Configuration::load(&config, &environment).map(|_| ()),
        Arguments::Serve { config, envoy } => Configuration::load(&config, &environment)
            .and_then(Server::bind)
            .and_then(|server| server.run(envoy.as_deref())),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error.to_string(), exit_code(&error)),
    }
}

fn exit_code(error: &ServerError) -> u8 {
    match error {
        ServerError::Unreadable { .. } | ServerError::Invalid(_) => 2,
        ServerError::AddressInUse { .. } => 3,
        ServerError::Io { .. } | ServerError::Envoy(_) => 1,
    }
}

fn fail(message: &str, code: u8) -> ExitCode {
    use std::io::Write;
    // Nothing is left to tell it to if standard error is closed.
    let _ = writeln!(std::io::stderr(), "brightstaff: {message}");
    ExitCode::from(code)
}

fn write_out(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stdout(), "{text}");
}

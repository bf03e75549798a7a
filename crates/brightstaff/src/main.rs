//! The native data plane: loads a rendered configuration, serves its listeners,
//! drains and ends.

mod arguments;
mod call;
mod client_io;
mod configuration;
mod deadlines;
mod envoy;
mod fetch;
mod gateway;
mod handlers;
mod listeners;
mod reload;
mod server;
mod telemetry;
mod upstream;
mod worker;

use std::process::ExitCode;

use arguments::Arguments;
use configuration::Configuration;
use reload::{Management, Stamp};
use server::{Server, ServerError, Sources};

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
        Arguments::Check { config } => Configuration::load(&config, &environment, None).map(|_| ()),
        Arguments::Serve {
            config,
            envoy,
            managed,
        } => {
            let management = match managed.then(|| Management::read(std::io::stdin())) {
                Some(Err(message)) => return fail(&message, 2),
                read => read.and_then(Result::ok),
            };
            let stamp = Stamp::of(&config);
            Configuration::load(&config, &environment, None)
                .and_then(Server::bind)
                .and_then(|server| {
                    let sources = Sources {
                        config,
                        stamp,
                        management,
                    };
                    server.run(sources, envoy.as_deref())
                })
        }
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
        ServerError::Io { .. } | ServerError::NeedsRestart(_) | ServerError::Envoy(_) => 1,
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

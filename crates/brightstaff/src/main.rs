//! The native data plane: loads a rendered configuration, serves its listeners,
//! drains and ends.

mod arguments;
mod call;
mod client_io;
mod configuration;
mod deadlines;
mod envoy;
mod fetch;
mod files;
mod gateway;
mod handlers;
mod listeners;
mod local_agents;
mod probe;
mod reload;
mod server;
mod spans;
mod telemetry;
mod upstream;
mod web_pages;
mod worker;

use std::process::ExitCode;

use arguments::Arguments;
use configuration::{Configuration, Variables};
use envoy::EnvoySettings;
use reload::{Management, Stamp};
use server::{Server, ServerError, Sources};

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => return fail(&message, 2),
    };
    telemetry::init_log(std::env::var("RUST_LOG").ok().as_deref());
    let own = reload::own_environment();
    let variables = |environment| Variables {
        lookup: &|name| std::env::var(name).ok(),
        environment,
    };
    let done = match arguments {
        Arguments::Print(text) => {
            write_out(&text);
            Ok(())
        }
        Arguments::Check { config } => {
            Configuration::load(&config, &variables(&own), None).map(|_| ())
        }
        Arguments::Probe { config } => probe::probe(&config),
        Arguments::Serve {
            config,
            envoy,
            state,
            managed,
        } => {
            let management = match managed.then(|| Management::read(std::io::stdin())) {
                Some(Err(message)) => return fail(&message, 2),
                read => read.and_then(Result::ok),
            };
            let envoy = match envoy.as_deref().map(EnvoySettings::read) {
                Some(Err(message)) => return fail(&message, 2),
                read => read.and_then(Result::ok),
            };
            let stamp = Stamp::of(&config);
            let managed = management.as_ref().map(|managed| &managed.environment);
            Configuration::load(&config, &variables(managed.unwrap_or(&own)), None)
                .and_then(|configuration| Server::bind(configuration, envoy))
                .and_then(|server| {
                    server.run(Sources {
                        config,
                        stamp,
                        state,
                        management,
                    })
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
        ServerError::Io { .. }
        | ServerError::NeedsRestart(_)
        | ServerError::Envoy(_)
        | ServerError::Unhealthy { .. } => 1,
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

//! Worker threads with a runtime each; new connections go to the idlest.

use std::error::Error;
use std::future::Future;
use std::net::TcpListener as StdListener;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};
use tokio::sync::mpsc;

pub(crate) fn local_runtime() -> std::io::Result<LocalRuntime> {
    Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default())
}

/// Serves forever. `state` is made once per worker; `serve` handles a connection.
pub(crate) fn forever<S, F, C>(
    port: u16,
    workers: usize,
    state: fn() -> S,
    serve: C,
) -> Result<(), Box<dyn Error>>
where
    S: 'static,
    F: Future<Output = ()> + 'static,
    C: Fn(Rc<S>, TcpStream) -> F + Send + Copy + 'static,
{
    let mut senders = Vec::new();
    for _ in 0..workers {
        let (sender, mut receiver) = mpsc::unbounded_channel::<std::net::TcpStream>();
        let open = Arc::new(AtomicUsize::new(0));
        senders.push((sender, Arc::clone(&open)));
        std::thread::spawn(move || -> std::io::Result<()> {
            local_runtime()?.block_on(async move {
                let state = Rc::new(state());
                while let Some(stream) = receiver.recv().await {
                    let stream = TcpStream::from_std(stream)?;
                    stream.set_nodelay(true)?;
                    let connection = serve(Rc::clone(&state), stream);
                    let open = Arc::clone(&open);
                    tokio::task::spawn_local(async move {
                        connection.await;
                        open.fetch_sub(1, Ordering::Relaxed);
                    });
                }
                Ok(())
            })
        });
    }
    let listener = StdListener::bind(("127.0.0.1", port))?;
    listener.set_nonblocking(true)?;
    local_runtime()?.block_on(async {
        let listener = TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            let idlest = senders
                .iter()
                .min_by_key(|(_, open)| open.load(Ordering::Relaxed));
            if let Some((sender, open)) = idlest {
                open.fetch_add(1, Ordering::Relaxed);
                sender.send(stream.into_std()?)?;
            }
        }
    })
}

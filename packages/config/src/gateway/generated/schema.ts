// biome-ignore-all format: generated
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: generated
// Generated from config/plano_config_schema.yaml by `npm run generate`. Do not edit.

export const schema: Readonly<Record<string, unknown>> = {
  "$schema": "http://json-schema.org/draft-07/schema#",
  "title": "WrittenConfig",
  "description": "A Plano gateway configuration file.",
  "type": "object",
  "additionalProperties": false,
  "required": [
    "version"
  ],
  "properties": {
    "version": {
      "description": "Version of the configuration language. Older ones are read as v0.4.0.",
      "enum": [
        "v0.1",
        "v0.1.0",
        "0.1-beta",
        "0.2.0",
        "v0.3.0",
        "v0.4.0"
      ]
    },
    "listeners": {
      "description": "Where the gateway listens. A list, or the older object with egress_traffic. Without it, one model listener on 127.0.0.1:12000.",
      "type": [
        "array",
        "object",
        "null"
      ],
      "items": {
        "$ref": "#/definitions/Listener"
      },
      "additionalProperties": false,
      "properties": {
        "egress_traffic": {
          "$ref": "#/definitions/TrafficListener"
        },
        "ingress_traffic": {
          "description": "The older spelling of a prompt listener.",
          "x-not-served": true
        }
      }
    },
    "model_providers": {
      "description": "The model providers that requests may be sent to.",
      "type": [
        "array",
        "null"
      ],
      "items": {
        "$ref": "#/definitions/ModelProvider"
      }
    },
    "llm_providers": {
      "description": "Older name of model_providers.",
      "type": [
        "array",
        "null"
      ],
      "items": {
        "$ref": "#/definitions/ModelProvider"
      }
    },
    "model_aliases": {
      "description": "Names that clients may use in place of a model.",
      "type": [
        "object",
        "null"
      ],
      "additionalProperties": {
        "$ref": "#/definitions/ModelAlias"
      }
    },
    "tracing": {
      "description": "What is traced.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "random_sampling": {
          "description": "Share of requests to trace, in percent.",
          "type": "integer",
          "minimum": 0,
          "maximum": 100
        },
        "trace_arch_internal": {
          "description": "Trace internal calls as well.",
          "x-not-served": true
        },
        "opentracing_grpc_endpoint": {
          "description": "OTLP collector that spans are sent to.",
          "x-not-served": true
        },
        "span_attributes": {
          "description": "Attributes added to every span.",
          "x-not-served": true
        },
        "exporters": {
          "description": "Further places that spans are sent to.",
          "x-not-served": true
        }
      }
    },
    "overrides": {
      "description": "Limits and time-outs that differ from their defaults.",
      "type": [
        "object",
        "null"
      ],
      "additionalProperties": false,
      "properties": {
        "max_request_body_bytes": {
          "description": "Largest request body accepted, in bytes; a larger one is answered 413. Default 33554432 (32 MiB).",
          "type": "integer",
          "minimum": 1,
          "maximum": 4294967296
        },
        "drain_timeout": {
          "description": "How long running streams may go on after a stop was asked for. Default 30s.",
          "$ref": "#/definitions/Duration"
        },
        "upstream_connect_timeout": {
          "description": "Longest wait for a connection to a provider, TLS included. Default 5s.",
          "$ref": "#/definitions/Duration"
        },
        "upstream_first_byte_timeout": {
          "description": "Longest wait for the first byte of a provider's reply. Default 300s.",
          "$ref": "#/definitions/Duration"
        },
        "upstream_idle_timeout": {
          "description": "Longest silence within a provider's reply. Default 300s.",
          "$ref": "#/definitions/Duration"
        },
        "upstream_tls_ca_path": {
          "description": "File of PEM certificates that are trusted besides the system's own.",
          "type": "string",
          "minLength": 1
        },
        "on_unsupported": {
          "description": "What happens to parts of a request that the chosen provider has no place for. warn (the default) leaves them out and names them in the reply's x-plano-dropped header and in the log, reject answers 400, drop leaves them out in silence.",
          "enum": [
            "warn",
            "reject",
            "drop"
          ]
        },
        "fetch_media": {
          "description": "Whether images and documents that a request names by URL are fetched for providers that take them inline only. public (the default) fetches from public addresses only, any also from private ones, off answers 400.",
          "enum": [
            "public",
            "any",
            "off"
          ]
        },
        "prompt_target_intent_matching_threshold": {
          "description": "Prompt target matching.",
          "x-not-served": true
        },
        "optimize_context_window": {
          "description": "Prompt target context handling.",
          "x-not-served": true
        },
        "use_agent_orchestrator": {
          "description": "Agent orchestration.",
          "x-not-served": true
        },
        "disable_signals": {
          "description": "Turns conversation signals off.",
          "x-not-served": true
        },
        "llm_routing_model": {
          "description": "Model that picks a route.",
          "x-not-served": true
        },
        "agent_orchestration_model": {
          "description": "Model that picks agents.",
          "x-not-served": true
        },
        "orchestrator_model_context_length": {
          "description": "Context length of the routing model.",
          "x-not-served": true
        }
      }
    },
    "agents": {
      "description": "External HTTP agents.",
      "x-not-served": true
    },
    "filters": {
      "description": "Steps that requests or replies pass through.",
      "x-not-served": true
    },
    "endpoints": {
      "description": "Named HTTP endpoints.",
      "x-not-served": true
    },
    "prompt_caching": {
      "description": "Use of providers' prompt caches.",
      "x-not-served": true
    },
    "system_prompt": {
      "description": "System prompt of prompt listeners.",
      "x-not-served": true
    },
    "prompt_targets": {
      "description": "Functions that prompts are matched to.",
      "x-not-served": true
    },
    "ratelimits": {
      "description": "Token budgets per model and client.",
      "x-not-served": true
    },
    "mode": {
      "description": "Older switch between model and prompt listeners.",
      "x-not-served": true
    },
    "routing": {
      "description": "How a route is chosen and kept for a session.",
      "x-not-served": true
    },
    "state_storage": {
      "description": "Where conversation state is kept.",
      "x-not-served": true
    },
    "prompt_guards": {
      "description": "Checks of incoming prompts.",
      "x-not-served": true
    },
    "routing_preferences": {
      "description": "Which models serve which kind of request.",
      "x-not-served": true
    },
    "model_metrics_sources": {
      "description": "Where model cost and latency are read from.",
      "x-not-served": true
    }
  },
  "definitions": {
    "Duration": {
      "description": "A length of time, such as 300ms, 5s, 1m or 1h30m. A bare number means seconds.",
      "type": [
        "string",
        "integer"
      ],
      "minimum": 0,
      "format": "plano-duration"
    },
    "Port": {
      "description": "TCP port.",
      "type": "integer",
      "minimum": 1,
      "maximum": 65535
    },
    "Listener": {
      "description": "One listener.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "type",
        "name"
      ],
      "properties": {
        "type": {
          "description": "What the listener serves.",
          "enum": [
            "model"
          ],
          "x-not-served-values": [
            "prompt",
            "agent"
          ]
        },
        "name": {
          "description": "Name of the listener, for logs and status.",
          "type": "string",
          "minLength": 1
        },
        "address": {
          "description": "IP address to listen on. Default 127.0.0.1.",
          "type": "string",
          "minLength": 1
        },
        "port": {
          "description": "TCP port to listen on. Default 12000.",
          "$ref": "#/definitions/Port"
        },
        "timeout": {
          "description": "Longest wait for an answer to begin; a stream may last longer. Default 300s.",
          "$ref": "#/definitions/Duration"
        },
        "router": {
          "description": "Agent router.",
          "x-not-served": true
        },
        "max_retries": {
          "description": "Retries of a failed provider call.",
          "x-not-served": true
        },
        "agents": {
          "description": "Agents behind the listener.",
          "x-not-served": true
        },
        "input_filters": {
          "description": "Filters that requests pass through.",
          "x-not-served": true
        },
        "output_filters": {
          "description": "Filters that replies pass through.",
          "x-not-served": true
        }
      }
    },
    "TrafficListener": {
      "description": "The model listener in its older spelling.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "address": {
          "description": "IP address to listen on. Default 127.0.0.1.",
          "type": "string",
          "minLength": 1
        },
        "port": {
          "description": "TCP port to listen on. Default 12000.",
          "$ref": "#/definitions/Port"
        },
        "timeout": {
          "description": "Longest wait for an answer to begin; a stream may last longer. Default 300s.",
          "$ref": "#/definitions/Duration"
        },
        "message_format": {
          "description": "Accepted and without effect; the client's path says which API it speaks.",
          "enum": [
            "openai"
          ]
        }
      }
    },
    "ModelProvider": {
      "description": "One model of one provider, or all its models.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "model"
      ],
      "properties": {
        "model": {
          "description": "provider/model, or provider/* for every model of the provider.",
          "type": "string",
          "minLength": 1
        },
        "name": {
          "description": "Unique name of the entry. Default is the value of model.",
          "type": "string",
          "minLength": 1
        },
        "access_key": {
          "description": "Key sent to the provider. $NAME or ${NAME} refers to an environment variable.",
          "type": "string",
          "minLength": 1,
          "x-secret": true
        },
        "base_url": {
          "description": "Where the provider is reached, if not at its usual address.",
          "type": "string",
          "minLength": 1
        },
        "provider_interface": {
          "description": "Which known provider an unknown one behaves like; needs base_url.",
          "type": "string",
          "minLength": 1
        },
        "default": {
          "description": "Serves requests whose model no entry names.",
          "type": "boolean"
        },
        "passthrough_auth": {
          "description": "Send the client's own credentials to the provider.",
          "type": "boolean"
        },
        "headers": {
          "description": "Headers added to every request to the provider. A value may contain $NAME or ${NAME}.",
          "type": "object",
          "additionalProperties": {
            "description": "Value of the header.",
            "type": "string",
            "x-secret": true
          }
        },
        "aws": {
          "description": "Signs requests to amazon_bedrock with AWS Signature Version 4 instead of sending a key. Each value may be a $NAME reference.",
          "type": "object",
          "additionalProperties": false,
          "required": [
            "region",
            "access_key_id",
            "secret_access_key"
          ],
          "properties": {
            "region": {
              "description": "AWS region, such as eu-central-1.",
              "type": "string",
              "minLength": 1
            },
            "access_key_id": {
              "description": "Id of the access key.",
              "type": "string",
              "minLength": 1,
              "x-secret": true
            },
            "secret_access_key": {
              "description": "The access key's secret.",
              "type": "string",
              "minLength": 1,
              "x-secret": true
            },
            "session_token": {
              "description": "Token of temporary credentials.",
              "type": "string",
              "minLength": 1,
              "x-secret": true
            }
          }
        },
        "http_host": {
          "description": "Host header sent to the provider.",
          "x-not-served": true
        },
        "routing_preferences": {
          "description": "Older place of routing_preferences.",
          "x-not-served": true
        }
      }
    },
    "ModelAlias": {
      "description": "What the alias stands for.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "target"
      ],
      "properties": {
        "target": {
          "description": "A model id or provider/model of model_providers.",
          "type": "string",
          "minLength": 1
        }
      }
    }
  }
};

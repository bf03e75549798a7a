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
      "description": "Where the gateway listens. A list, or the older object with egress_traffic. Without a model listener, there is one on 127.0.0.1:12000.",
      "type": [
        "array",
        "object",
        "null"
      ],
      "x-default-depends": true,
      "items": {
        "$ref": "#/definitions/Listener"
      },
      "additionalProperties": false,
      "properties": {
        "egress_traffic": {
          "description": "The older form of the model listener.",
          "$ref": "#/definitions/TrafficListener",
          "deprecated": true
        },
        "ingress_traffic": {
          "description": "The older form of a prompt listener.",
          "$ref": "#/definitions/TrafficListener",
          "deprecated": true,
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
      },
      "default": []
    },
    "llm_providers": {
      "description": "Older name of model_providers.",
      "deprecated": true,
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
      },
      "default": {}
    },
    "tracing": {
      "description": "What is traced, and where spans are sent.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "random_sampling": {
          "description": "Share of requests to trace, in percent.",
          "type": "integer",
          "minimum": 0,
          "maximum": 100,
          "default": 0
        },
        "trace_arch_internal": {
          "description": "Trace the gateway's own calls as well.",
          "type": "boolean",
          "default": false,
          "x-not-served": true
        },
        "opentracing_grpc_endpoint": {
          "description": "OTLP collector (gRPC) that spans are sent to, by http or https; http://localhost:4317 where none is named. May hold $NAME references.",
          "type": "string",
          "minLength": 1
        },
        "span_attributes": {
          "description": "Attributes added to every span.",
          "type": "object",
          "additionalProperties": false,
          "properties": {
            "header_prefixes": {
              "description": "Request headers whose names begin with one of these become attributes.",
              "type": "array",
              "items": {
                "type": "string",
                "minLength": 1
              },
              "default": [],
              "x-not-served": true
            },
            "static": {
              "description": "Attributes that are the same on every span. One that a span has of its own stays as it is.",
              "type": "object",
              "additionalProperties": {
                "type": "string"
              },
              "default": {}
            }
          }
        },
        "span_attribute_header_prefixes": {
          "description": "Older name of span_attributes.header_prefixes.",
          "type": "array",
          "items": {
            "type": "string",
            "minLength": 1
          },
          "deprecated": true,
          "x-not-served": true
        },
        "exporters": {
          "description": "Further places that spans are sent to.",
          "type": "array",
          "items": {
            "$ref": "#/definitions/SpanExporter"
          },
          "default": [],
          "x-not-served": true
        }
      }
    },
    "overrides": {
      "description": "Limits, time-outs and models that differ from their defaults.",
      "type": [
        "object",
        "null"
      ],
      "additionalProperties": false,
      "default": {},
      "properties": {
        "max_request_body_bytes": {
          "description": "Largest request body accepted, in bytes; a larger one is answered 413.",
          "type": "integer",
          "minimum": 1,
          "maximum": 4294967296,
          "default": 33554432
        },
        "drain_timeout": {
          "description": "How long running streams may go on after a stop was asked for.",
          "$ref": "#/definitions/Duration",
          "default": "30s"
        },
        "upstream_connect_timeout": {
          "description": "Longest wait for a connection to a provider, TLS included.",
          "$ref": "#/definitions/Duration",
          "default": "5s"
        },
        "upstream_first_byte_timeout": {
          "description": "Longest wait for the first byte of a provider's reply.",
          "$ref": "#/definitions/Duration",
          "default": "300s"
        },
        "upstream_idle_timeout": {
          "description": "Longest silence within a provider's reply.",
          "$ref": "#/definitions/Duration",
          "default": "300s"
        },
        "upstream_tls_ca_path": {
          "description": "File of PEM certificates that are trusted besides the system's own.",
          "type": "string",
          "minLength": 1
        },
        "on_unsupported": {
          "description": "What happens to parts of a request that the chosen provider has no place for. warn leaves them out and names them in the reply's x-plano-dropped header and in the log, reject answers 400, drop leaves them out in silence.",
          "enum": [
            "warn",
            "reject",
            "drop"
          ],
          "default": "warn"
        },
        "fetch_media": {
          "description": "Whether images and documents that a request names by URL are fetched for providers that take them inline only. public fetches from public addresses only, any also from private ones, off answers 400.",
          "enum": [
            "public",
            "any",
            "off"
          ],
          "default": "public"
        },
        "prompt_target_intent_matching_threshold": {
          "description": "How sure the match of a prompt to a prompt target must be, from 0 to 1.",
          "type": "number",
          "minimum": 0,
          "maximum": 1,
          "x-not-served": true
        },
        "optimize_context_window": {
          "description": "Shorten the conversation that prompt targets are chosen by.",
          "type": "boolean",
          "default": false,
          "x-not-served": true
        },
        "use_agent_orchestrator": {
          "description": "Send what no prompt target matches to the one endpoint, an agent.",
          "type": "boolean",
          "default": false,
          "x-not-served": true
        },
        "disable_signals": {
          "description": "Do not look for signals such as frustration or repetition in conversations.",
          "type": "boolean",
          "default": false,
          "x-not-served": true
        },
        "llm_routing_model": {
          "description": "Model that chooses among routing_preferences, as provider/model or the id of one at Plano's own service.",
          "type": "string",
          "minLength": 1,
          "default": "Plano-Orchestrator",
          "x-not-served": true
        },
        "agent_orchestration_model": {
          "description": "Model that chooses among agents, as provider/model or the id of one at Plano's own service.",
          "type": "string",
          "minLength": 1,
          "default": "Plano-Orchestrator",
          "x-not-served": true
        },
        "orchestrator_model_context_length": {
          "description": "Longest input of these two models, in tokens.",
          "type": "integer",
          "minimum": 1,
          "default": 8192,
          "x-not-served": true
        },
        "router_model": {
          "description": "Older name of llm_routing_model.",
          "type": "string",
          "minLength": 1,
          "deprecated": true,
          "x-not-served": true
        },
        "orchestrator_model": {
          "description": "Older name of agent_orchestration_model.",
          "type": "string",
          "minLength": 1,
          "deprecated": true,
          "x-not-served": true
        }
      }
    },
    "local_agents": {
      "description": "How the programs of local-agent providers, such as claude-cli, are run on this machine.",
      "type": [
        "object",
        "null"
      ],
      "additionalProperties": false,
      "default": {},
      "properties": {
        "working_directory": {
          "description": "The folder that they work in. A relative path starts from the folder of the configuration file, which is also the default.",
          "type": "string",
          "minLength": 1,
          "x-default-depends": true
        },
        "permission_mode": {
          "description": "What they may do without asking, as claude --permission-mode has it. There is nobody to ask, so that what needs a permission is refused to them.",
          "enum": [
            "acceptEdits",
            "auto",
            "bypassPermissions",
            "default",
            "dontAsk",
            "manual",
            "plan"
          ],
          "default": "bypassPermissions"
        },
        "max_concurrent": {
          "description": "How many run at a time.",
          "type": "integer",
          "minimum": 1,
          "maximum": 256,
          "default": 4
        },
        "max_waiting": {
          "description": "How many further requests wait for one of them to end; more are answered 429.",
          "type": "integer",
          "minimum": 0,
          "maximum": 4096,
          "default": 16
        },
        "first_event_timeout": {
          "description": "Longest wait for the beginning of an answer, the wait for a place included.",
          "$ref": "#/definitions/Duration",
          "default": "120s"
        },
        "idle_timeout": {
          "description": "Longest silence within a run.",
          "$ref": "#/definitions/Duration",
          "default": "600s"
        },
        "total_timeout": {
          "description": "Longest run.",
          "$ref": "#/definitions/Duration",
          "default": "1h"
        }
      }
    },
    "agents": {
      "description": "Agents that are reached by HTTP.",
      "type": "array",
      "items": {
        "$ref": "#/definitions/Agent"
      },
      "x-not-served": true
    },
    "filters": {
      "description": "Services that requests or replies pass through.",
      "type": "array",
      "items": {
        "$ref": "#/definitions/Filter"
      },
      "x-not-served": true
    },
    "endpoints": {
      "description": "Named HTTP services that prompt targets call.",
      "type": "object",
      "additionalProperties": {
        "$ref": "#/definitions/Endpoint"
      },
      "x-not-served": true
    },
    "prompt_caching": {
      "description": "Use of the providers' prompt caches.",
      "type": "object",
      "additionalProperties": false,
      "x-not-served": true,
      "properties": {
        "enabled": {
          "description": "Whether any of this happens.",
          "type": "boolean",
          "default": false
        },
        "session_affinity": {
          "description": "Keep a conversation on the model whose cache is warm.",
          "type": "boolean",
          "default": true
        },
        "inject_cache_control": {
          "description": "Add the markers that some providers want before they cache.",
          "type": "boolean",
          "default": true
        },
        "min_prefix_tokens": {
          "description": "Shortest beginning of a conversation that markers are added to, in tokens.",
          "type": "integer",
          "minimum": 1,
          "default": 1024
        },
        "session_ttl_seconds": {
          "description": "How long a conversation without a request is taken to be cached, in seconds.",
          "type": "integer",
          "minimum": 1
        }
      }
    },
    "system_prompt": {
      "description": "System prompt of prompt targets that have none of their own.",
      "type": "string",
      "x-not-served": true
    },
    "prompt_targets": {
      "description": "Calls that prompts are matched to.",
      "type": "array",
      "items": {
        "$ref": "#/definitions/PromptTarget"
      },
      "x-not-served": true
    },
    "ratelimits": {
      "description": "How many tokens of a model a client may use in a span of time.",
      "type": "array",
      "items": {
        "$ref": "#/definitions/RateLimit"
      },
      "x-not-served": true
    },
    "mode": {
      "description": "Of older files; the types of the listeners say it now.",
      "enum": [
        "llm",
        "prompt"
      ],
      "deprecated": true
    },
    "routing": {
      "description": "How a route is chosen and kept for a session.",
      "type": "object",
      "additionalProperties": false,
      "x-not-served": true,
      "properties": {
        "llm_provider": {
          "description": "Older place of overrides.llm_routing_model, as the name of a provider.",
          "type": "string",
          "minLength": 1,
          "deprecated": true
        },
        "model": {
          "description": "Older place of overrides.llm_routing_model.",
          "type": "string",
          "minLength": 1,
          "deprecated": true
        },
        "session_ttl_seconds": {
          "description": "How long a session without a request keeps its route, in seconds.",
          "type": "integer",
          "minimum": 1,
          "default": 600
        },
        "session_max_entries": {
          "description": "How many sessions are kept at most.",
          "type": "integer",
          "minimum": 1,
          "maximum": 10000,
          "default": 10000
        },
        "route_on_user_only": {
          "description": "Choose a route for what a user says only, not for the results of tools.",
          "type": "boolean",
          "default": false
        },
        "session_cache": {
          "description": "Where sessions are kept.",
          "type": "object",
          "additionalProperties": false,
          "default": {},
          "properties": {
            "type": {
              "description": "memory is that of this process; redis is shared by several.",
              "enum": [
                "memory",
                "redis"
              ],
              "default": "memory"
            },
            "url": {
              "description": "Address of Redis, such as redis://localhost:6379. May contain $NAME references.",
              "type": "string",
              "minLength": 1,
              "x-secret": true
            },
            "tenant_header": {
              "description": "Request header that keeps the sessions of tenants apart.",
              "type": "string",
              "minLength": 1
            }
          }
        },
        "routing_budget": {
          "description": "What a change of model within a session may cost.",
          "type": "object",
          "additionalProperties": false,
          "required": [
            "max_switch_spend_pct"
          ],
          "properties": {
            "max_switch_spend_pct": {
              "description": "Share of what the session would cost that may be spent on changes, in percent.",
              "type": "number",
              "minimum": 0,
              "maximum": 100
            },
            "replenish_on_rebind": {
              "description": "Begin anew when a cold session gets a model.",
              "type": "boolean",
              "default": true
            },
            "cache_read_discount": {
              "description": "Price of a cached input token as a share of an uncached one, where the price list has none.",
              "type": "number",
              "minimum": 0,
              "maximum": 1,
              "default": 0.1
            },
            "record_counterfactual": {
              "description": "Name the refused route in the trace.",
              "type": "boolean",
              "default": false
            }
          }
        }
      }
    },
    "state_storage": {
      "description": "Where the conversations of the responses API are kept.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "type"
      ],
      "x-not-served": true,
      "properties": {
        "type": {
          "description": "memory is that of this process; postgres outlives it and is shared.",
          "enum": [
            "memory",
            "postgres"
          ]
        },
        "connection_string": {
          "description": "Address of the database, required for postgres. May contain $NAME references.",
          "type": "string",
          "minLength": 1,
          "x-secret": true
        }
      }
    },
    "prompt_guards": {
      "description": "Checks of incoming prompts.",
      "type": "object",
      "additionalProperties": false,
      "x-not-served": true,
      "properties": {
        "input_guards": {
          "description": "Checks of what users say.",
          "type": "object",
          "additionalProperties": false,
          "required": [
            "jailbreak"
          ],
          "properties": {
            "jailbreak": {
              "description": "Check for attempts to talk a model out of its instructions.",
              "type": "object",
              "additionalProperties": false,
              "required": [
                "on_exception"
              ],
              "properties": {
                "on_exception": {
                  "description": "What happens then.",
                  "type": "object",
                  "additionalProperties": false,
                  "required": [
                    "message"
                  ],
                  "properties": {
                    "message": {
                      "description": "What the user is told.",
                      "type": "string"
                    }
                  }
                }
              }
            }
          }
        }
      }
    },
    "routing_preferences": {
      "description": "Which models serve which kind of request.",
      "type": "array",
      "items": {
        "$ref": "#/definitions/RoutingPreference"
      },
      "x-not-served": true
    },
    "model_metrics_sources": {
      "description": "Where the cost and the latency of models are read from.",
      "type": "array",
      "items": {
        "$ref": "#/definitions/ModelMetricsSource"
      },
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
      "pattern": "^\\s*(\\d+|(\\d+(\\.\\d+)?(ms|s|m|h))+)\\s*$"
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
          "description": "What the listener serves. model, the model APIs; prompt, prompt targets before them; agent, agents.",
          "enum": [
            "model",
            "prompt",
            "agent"
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
          "description": "IP address to listen on.",
          "type": "string",
          "minLength": 1,
          "default": "127.0.0.1"
        },
        "port": {
          "description": "TCP port to listen on. Default 12000 for models, 10000 for prompts; agents need one.",
          "$ref": "#/definitions/Port"
        },
        "timeout": {
          "description": "Longest wait for an answer to begin; a stream may last longer. Default 300s, for agents 30s.",
          "$ref": "#/definitions/Duration",
          "x-default-depends": true
        },
        "router": {
          "description": "What chooses among the agents of the listener.",
          "enum": [
            "plano_orchestrator_v1"
          ],
          "x-not-served": true
        },
        "max_retries": {
          "description": "How often a failed call of a provider is tried again.",
          "type": "integer",
          "minimum": 0,
          "maximum": 100,
          "x-not-served": true
        },
        "agents": {
          "description": "Agents behind a listener of type agent.",
          "type": "array",
          "items": {
            "$ref": "#/definitions/ListenerAgent"
          },
          "x-not-served": true
        },
        "input_filters": {
          "description": "Ids of the filters that requests pass through, in order.",
          "type": "array",
          "items": {
            "type": "string",
            "minLength": 1
          },
          "x-not-served": true
        },
        "output_filters": {
          "description": "Ids of the filters that replies pass through, in order.",
          "type": "array",
          "items": {
            "type": "string",
            "minLength": 1
          },
          "x-not-served": true
        },
        "filter_chain": {
          "description": "Older name of input_filters.",
          "type": "array",
          "items": {
            "type": "string",
            "minLength": 1
          },
          "deprecated": true,
          "x-not-served": true
        }
      }
    },
    "ListenerAgent": {
      "description": "An agent behind a listener.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "id",
        "description"
      ],
      "properties": {
        "id": {
          "description": "Id of an entry of agents.",
          "type": "string",
          "minLength": 1
        },
        "description": {
          "description": "What the agent is good for; the router chooses by it.",
          "type": "string",
          "minLength": 1
        },
        "default": {
          "description": "Gets the requests that suit no other.",
          "type": "boolean",
          "default": false
        },
        "input_filters": {
          "description": "Ids of the filters that requests to this agent pass through, in order.",
          "type": "array",
          "items": {
            "type": "string",
            "minLength": 1
          },
          "default": []
        },
        "filter_chain": {
          "description": "Older name of input_filters.",
          "type": "array",
          "items": {
            "type": "string",
            "minLength": 1
          },
          "deprecated": true
        }
      }
    },
    "TrafficListener": {
      "description": "A listener in its older form.",
      "type": "object",
      "additionalProperties": false,
      "properties": {
        "address": {
          "description": "IP address to listen on. Default 127.0.0.1.",
          "type": "string",
          "minLength": 1
        },
        "port": {
          "description": "TCP port to listen on. Default 12000, for ingress_traffic 10000.",
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
    "Agent": {
      "description": "An agent that speaks one of the model APIs.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "id",
        "url"
      ],
      "properties": {
        "id": {
          "description": "What listeners call it; unique among agents, filters and endpoints.",
          "type": "string",
          "minLength": 1
        },
        "url": {
          "description": "Where it is reached.",
          "type": "string",
          "minLength": 1
        }
      }
    },
    "Filter": {
      "description": "A service that requests or replies pass through.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "id",
        "url"
      ],
      "properties": {
        "id": {
          "description": "What listeners call it; unique among agents, filters and endpoints.",
          "type": "string",
          "minLength": 1
        },
        "url": {
          "description": "Where it is reached.",
          "type": "string",
          "minLength": 1
        },
        "type": {
          "description": "mcp, a tool of an MCP server; http, a POST of the body.",
          "enum": [
            "mcp",
            "http"
          ],
          "default": "mcp"
        },
        "transport": {
          "description": "How the MCP server is spoken to.",
          "enum": [
            "streamable-http"
          ],
          "default": "streamable-http"
        },
        "tool": {
          "description": "Name of the MCP tool. Default is the id.",
          "type": "string",
          "minLength": 1
        }
      }
    },
    "Endpoint": {
      "description": "A named HTTP service.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "endpoint"
      ],
      "properties": {
        "endpoint": {
          "description": "host or host:port. Default port 80, for https 443.",
          "type": "string",
          "minLength": 1
        },
        "protocol": {
          "description": "How it is spoken to.",
          "enum": [
            "http",
            "https"
          ],
          "default": "http"
        },
        "connect_timeout": {
          "description": "Longest wait for a connection. Default is overrides.upstream_connect_timeout.",
          "$ref": "#/definitions/Duration"
        },
        "http_host": {
          "description": "Host header of requests to it. Default is the host.",
          "type": "string",
          "minLength": 1
        },
        "prefix_affinity": {
          "description": "Send conversations that begin alike to the same one of its addresses.",
          "type": "boolean",
          "default": false
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
          "minLength": 1,
          "x-default-depends": true
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
          "description": "Which known provider an unknown one behaves like; needs base_url. claude-cli runs Claude Code on this machine instead.",
          "type": "string",
          "minLength": 1
        },
        "default": {
          "description": "Serves requests that name no model. A model that is not configured is answered 400.",
          "type": "boolean",
          "default": false
        },
        "passthrough_auth": {
          "description": "Send the client's own credentials to the provider.",
          "type": "boolean",
          "default": false
        },
        "headers": {
          "description": "Headers added to every request to the provider. A value may contain $NAME or ${NAME}.",
          "type": "object",
          "additionalProperties": {
            "description": "Value of the header.",
            "type": "string",
            "x-secret": true
          },
          "default": {}
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
          "description": "Host header of requests to the provider. Default is the host of base_url.",
          "type": "string",
          "minLength": 1
        },
        "routing_preferences": {
          "description": "Older place of routing_preferences, with this provider's model.",
          "type": "array",
          "items": {
            "$ref": "#/definitions/InlinePreference"
          },
          "deprecated": true,
          "x-not-served": true
        }
      }
    },
    "InlinePreference": {
      "description": "A kind of request that the provider's model serves.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "name"
      ],
      "properties": {
        "name": {
          "description": "Name of the kind of request.",
          "type": "string",
          "minLength": 1
        },
        "description": {
          "description": "What such requests are like.",
          "type": "string",
          "default": ""
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
    },
    "RoutingPreference": {
      "description": "Models for a kind of request.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "name",
        "description",
        "models"
      ],
      "properties": {
        "name": {
          "description": "Name of the kind of request.",
          "type": "string",
          "minLength": 1
        },
        "description": {
          "description": "What such requests are like; the routing model chooses by it.",
          "type": "string"
        },
        "models": {
          "description": "Entries of model_providers, the best first.",
          "type": "array",
          "minItems": 1,
          "items": {
            "type": "string",
            "minLength": 1
          }
        },
        "selection_policy": {
          "description": "How the models are put in order.",
          "type": "object",
          "additionalProperties": false,
          "required": [
            "prefer"
          ],
          "default": {
            "prefer": "none"
          },
          "properties": {
            "prefer": {
              "description": "cheapest and fastest go by model_metrics_sources, none by the order above.",
              "enum": [
                "cheapest",
                "fastest",
                "none"
              ]
            }
          }
        }
      }
    },
    "ModelMetricsSource": {
      "description": "A source of the cost or the latency of models.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "type",
        "provider"
      ],
      "properties": {
        "type": {
          "description": "What is read from it.",
          "enum": [
            "cost",
            "latency"
          ]
        },
        "provider": {
          "description": "digitalocean and models.dev have costs, prometheus has latencies.",
          "enum": [
            "digitalocean",
            "models.dev",
            "prometheus"
          ]
        },
        "url": {
          "description": "Where it is reached. Required for prometheus; the others have a usual address.",
          "type": "string",
          "minLength": 1
        },
        "query": {
          "description": "Query of prometheus whose results are labelled model_name; required there.",
          "type": "string",
          "minLength": 1
        },
        "refresh_interval": {
          "description": "How often it is read again, in seconds. Without it, once.",
          "type": "integer",
          "minimum": 1
        },
        "model_aliases": {
          "description": "Name in a source of costs → provider/model here.",
          "type": "object",
          "additionalProperties": {
            "type": "string",
            "minLength": 1
          },
          "default": {}
        }
      }
    },
    "RateLimit": {
      "description": "A limit of one model.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "model",
        "selector",
        "limit"
      ],
      "properties": {
        "model": {
          "description": "An entry of model_providers.",
          "type": "string",
          "minLength": 1
        },
        "selector": {
          "description": "Whose tokens are counted together.",
          "type": "object",
          "additionalProperties": false,
          "required": [
            "key",
            "value"
          ],
          "properties": {
            "key": {
              "description": "Name of a request header.",
              "type": "string",
              "minLength": 1
            },
            "value": {
              "description": "Value of the header, or * for each value by itself.",
              "type": "string",
              "minLength": 1
            }
          }
        },
        "limit": {
          "description": "How many tokens.",
          "type": "object",
          "additionalProperties": false,
          "required": [
            "tokens",
            "unit"
          ],
          "properties": {
            "tokens": {
              "description": "Number of tokens.",
              "type": "integer",
              "minimum": 1,
              "maximum": 4294967295
            },
            "unit": {
              "description": "In which span of time.",
              "enum": [
                "second",
                "minute",
                "hour",
                "day"
              ]
            }
          }
        }
      }
    },
    "PromptTarget": {
      "description": "A call that prompts are matched to.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "name",
        "description"
      ],
      "properties": {
        "name": {
          "description": "Name of the call, as models see it.",
          "type": "string",
          "minLength": 1
        },
        "description": {
          "description": "What it is for, as models see it.",
          "type": "string"
        },
        "default": {
          "description": "Gets the prompts that match no other.",
          "type": "boolean",
          "default": false
        },
        "auto_llm_dispatch_on_response": {
          "description": "Whether a model answers with what the call returned; otherwise that is the answer.",
          "type": "boolean",
          "default": true
        },
        "auto-llm-dispatch-on-response": {
          "description": "Older name of auto_llm_dispatch_on_response.",
          "type": "boolean",
          "deprecated": true
        },
        "system_prompt": {
          "description": "System prompt in place of the file's.",
          "type": "string"
        },
        "parameters": {
          "description": "What the call takes.",
          "type": "array",
          "items": {
            "$ref": "#/definitions/PromptTargetParameter"
          },
          "default": []
        },
        "endpoint": {
          "description": "What is called.",
          "$ref": "#/definitions/PromptTargetEndpoint"
        }
      }
    },
    "PromptTargetParameter": {
      "description": "A parameter of a prompt target.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "name",
        "description",
        "type"
      ],
      "properties": {
        "name": {
          "description": "Name of the parameter.",
          "type": "string",
          "minLength": 1
        },
        "description": {
          "description": "What it means, as models see it.",
          "type": "string"
        },
        "type": {
          "description": "Its type, such as string, int, float, bool, list or dict.",
          "type": "string",
          "minLength": 1
        },
        "required": {
          "description": "Whether a call without it makes no sense.",
          "type": "boolean",
          "default": false
        },
        "default": {
          "description": "What it is when a prompt does not say.",
          "type": [
            "string",
            "number",
            "boolean"
          ]
        },
        "enum": {
          "description": "What it may be.",
          "type": "array",
          "minItems": 1,
          "items": {
            "type": [
              "string",
              "number",
              "boolean"
            ]
          }
        },
        "in_path": {
          "description": "Whether it stands in the path of the endpoint, as {name}.",
          "type": "boolean",
          "default": false
        },
        "format": {
          "description": "How it is written, as models see it.",
          "type": "string"
        }
      }
    },
    "PromptTargetEndpoint": {
      "description": "A call of a named endpoint.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "name",
        "path"
      ],
      "properties": {
        "name": {
          "description": "An entry of endpoints.",
          "type": "string",
          "minLength": 1
        },
        "path": {
          "description": "Path of the call, with {name} where a parameter stands.",
          "type": "string",
          "minLength": 1
        },
        "http_method": {
          "description": "Method of the call.",
          "enum": [
            "GET",
            "POST"
          ],
          "default": "GET"
        },
        "http_headers": {
          "description": "Headers of the call. A value may contain $NAME or ${NAME}.",
          "type": "object",
          "additionalProperties": {
            "description": "Value of the header.",
            "type": "string",
            "x-secret": true
          },
          "default": {}
        }
      }
    },
    "SpanExporter": {
      "description": "A place that spans are sent to.",
      "type": "object",
      "additionalProperties": false,
      "required": [
        "type",
        "url",
        "api_key"
      ],
      "properties": {
        "type": {
          "description": "What it is.",
          "enum": [
            "posthog"
          ]
        },
        "url": {
          "description": "Where it is reached.",
          "type": "string",
          "minLength": 1
        },
        "api_key": {
          "description": "Key of the project. $NAME or ${NAME} refers to an environment variable.",
          "type": "string",
          "minLength": 1,
          "x-secret": true
        },
        "distinct_id_header": {
          "description": "Request header that tells users apart.",
          "type": "string",
          "minLength": 1
        },
        "capture_messages": {
          "description": "Send the beginnings of messages along.",
          "type": "boolean",
          "default": false
        }
      }
    }
  }
};

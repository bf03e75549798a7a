// A firewall (nftables) in the network namespace of this process: what it and its neighbours send is dropped,
// whatever the protocol, unless it goes to the loopback or to one port of one address. The whole is one
// transaction; the kernel takes all of it or nothing.
#include "system.h"
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

enum { loopback_index = 1, tcp = 6, inet = 1 };

/** A text of netlink messages in the making. */
struct batch {
  unsigned char bytes[2048];
  unsigned size;
  /** Where the message that is being written begins. */
  unsigned message;
};

static void align(struct batch *batch) {
  while (batch->size % 4 != 0) batch->bytes[batch->size++] = 0;
}

static void begin_message(struct batch *batch, unsigned short type, unsigned short flags) {
  int is_limit = type == NFNL_MSG_BATCH_BEGIN || type == NFNL_MSG_BATCH_END;
  struct nlmsghdr header = {0, type, (unsigned short)(NLM_F_REQUEST | flags), 0, 0};
  struct nfgenmsg family = {(unsigned char)(is_limit ? 0 : inet), NFNETLINK_V0, 0};
  unsigned char *resource = (unsigned char *)&family.res_id;
  if (is_limit) resource[1] = NFNL_SUBSYS_NFTABLES;
  else header.nlmsg_type = (unsigned short)(NFNL_SUBSYS_NFTABLES << 8 | type);
  batch->message = batch->size;
  memcpy(batch->bytes + batch->size, &header, sizeof header);
  memcpy(batch->bytes + batch->size + sizeof header, &family, sizeof family);
  batch->size += sizeof header + sizeof family;
}

static void end_message(struct batch *batch) {
  unsigned length = batch->size - batch->message;
  memcpy(batch->bytes + batch->message, &length, sizeof length);
}

static void put(struct batch *batch, unsigned short type, const void *value, unsigned short size) {
  struct nlattr attribute = {(unsigned short)(sizeof attribute + size), type};
  memcpy(batch->bytes + batch->size, &attribute, sizeof attribute);
  memcpy(batch->bytes + batch->size + sizeof attribute, value, size);
  batch->size += sizeof attribute + size;
  align(batch);
}

static void put_text(struct batch *batch, unsigned short type, const char *text) {
  put(batch, type, text, (unsigned short)(length_of(text) + 1));
}

/** Numbers go in the order of the network. */
static void put_number(struct batch *batch, unsigned short type, unsigned number) {
  unsigned char bytes[4] = {number >> 24 & 255, number >> 16 & 255, number >> 8 & 255, number & 255};
  put(batch, type, bytes, 4);
}

static unsigned open_nest(struct batch *batch, unsigned short type) {
  unsigned start = batch->size;
  put(batch, type | NLA_F_NESTED, 0, 0);
  return start;
}

static void close_nest(struct batch *batch, unsigned start) {
  unsigned short length = (unsigned short)(batch->size - start);
  memcpy(batch->bytes + start, &length, sizeof length);
}

/** The beginning of an expression; it ends by closing both nests. */
struct expression {
  unsigned element, data;
};

static struct expression open_expression(struct batch *batch, const char *name) {
  struct expression expression = {open_nest(batch, NFTA_LIST_ELEM), 0};
  put_text(batch, NFTA_EXPR_NAME, name);
  expression.data = open_nest(batch, NFTA_EXPR_DATA);
  return expression;
}

static void close_expression(struct batch *batch, struct expression expression) {
  close_nest(batch, expression.data);
  close_nest(batch, expression.element);
}

static void load_meta(struct batch *batch, unsigned key) {
  struct expression expression = open_expression(batch, "meta");
  put_number(batch, NFTA_META_KEY, key);
  put_number(batch, NFTA_META_DREG, NFT_REG_1);
  close_expression(batch, expression);
}

static void load_payload(struct batch *batch, unsigned base, unsigned offset, unsigned length) {
  struct expression expression = open_expression(batch, "payload");
  put_number(batch, NFTA_PAYLOAD_DREG, NFT_REG_1);
  put_number(batch, NFTA_PAYLOAD_BASE, base);
  put_number(batch, NFTA_PAYLOAD_OFFSET, offset);
  put_number(batch, NFTA_PAYLOAD_LEN, length);
  close_expression(batch, expression);
}

static void must_equal(struct batch *batch, const void *value, unsigned short size) {
  struct expression expression = open_expression(batch, "cmp");
  put_number(batch, NFTA_CMP_SREG, NFT_REG_1);
  put_number(batch, NFTA_CMP_OP, NFT_CMP_EQ);
  unsigned data = open_nest(batch, NFTA_CMP_DATA);
  put(batch, NFTA_DATA_VALUE, value, size);
  close_nest(batch, data);
  close_expression(batch, expression);
}

static void accept(struct batch *batch) {
  struct expression expression = open_expression(batch, "immediate");
  put_number(batch, NFTA_IMMEDIATE_DREG, NFT_REG_VERDICT);
  unsigned data = open_nest(batch, NFTA_IMMEDIATE_DATA);
  unsigned verdict = open_nest(batch, NFTA_DATA_VERDICT);
  put_number(batch, NFTA_VERDICT_CODE, NF_ACCEPT);
  close_nest(batch, verdict);
  close_nest(batch, data);
  close_expression(batch, expression);
}

static const char table[] = "plan42", chain[] = "output";

static unsigned open_rule(struct batch *batch) {
  begin_message(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND);
  put_text(batch, NFTA_RULE_TABLE, table);
  put_text(batch, NFTA_RULE_CHAIN, chain);
  return open_nest(batch, NFTA_RULE_EXPRESSIONS);
}

static void close_rule(struct batch *batch, unsigned expressions) {
  accept(batch);
  close_nest(batch, expressions);
  end_message(batch);
}

static void write_rules(struct batch *batch, const unsigned char host[4], unsigned port) {
  begin_message(batch, NFNL_MSG_BATCH_BEGIN, 0);
  end_message(batch);

  begin_message(batch, NFT_MSG_NEWTABLE, NLM_F_CREATE);
  put_text(batch, NFTA_TABLE_NAME, table);
  end_message(batch);

  begin_message(batch, NFT_MSG_NEWCHAIN, NLM_F_CREATE);
  put_text(batch, NFTA_CHAIN_TABLE, table);
  put_text(batch, NFTA_CHAIN_NAME, chain);
  unsigned hook = open_nest(batch, NFTA_CHAIN_HOOK);
  put_number(batch, NFTA_HOOK_HOOKNUM, NF_INET_LOCAL_OUT);
  put_number(batch, NFTA_HOOK_PRIORITY, 0);
  close_nest(batch, hook);
  put_number(batch, NFTA_CHAIN_POLICY, NF_DROP);
  put_text(batch, NFTA_CHAIN_TYPE, "filter");
  end_message(batch);

  unsigned rule = open_rule(batch);
  unsigned loopback = loopback_index;
  load_meta(batch, NFT_META_OIF);
  must_equal(batch, &loopback, sizeof loopback);
  close_rule(batch, rule);

  rule = open_rule(batch);
  unsigned char ipv4 = NFPROTO_IPV4, protocol = tcp;
  unsigned char destination[2] = {port >> 8 & 255, port & 255};
  load_meta(batch, NFT_META_NFPROTO);
  must_equal(batch, &ipv4, 1);
  load_payload(batch, NFT_PAYLOAD_NETWORK_HEADER, 16, 4);
  must_equal(batch, host, 4);
  load_meta(batch, NFT_META_L4PROTO);
  must_equal(batch, &protocol, 1);
  load_payload(batch, NFT_PAYLOAD_TRANSPORT_HEADER, 2, 2);
  must_equal(batch, destination, 2);
  close_rule(batch, rule);

  // The last of the messages is the one whose answer tells how the whole went.
  begin_message(batch, NFNL_MSG_BATCH_END, 0);
  end_message(batch);
}

/** Asks for the chain: an answer that is no error means that the transaction was taken. */
static long ask_for_chain(long socket) {
  struct batch question = {.size = 0};
  unsigned char answer[4096];
  begin_message(&question, NFT_MSG_GETCHAIN, NLM_F_ACK);
  put_text(&question, NFTA_CHAIN_TABLE, table);
  put_text(&question, NFTA_CHAIN_NAME, chain);
  end_message(&question);
  long sent = sys_write(socket, question.bytes, question.size);
  if (sent < 0) return -sent;
  long got = sys_read(socket, answer, sizeof answer);
  if (got < 0) return -got;
  struct nlmsghdr *header = (struct nlmsghdr *)answer;
  if (got < (long)sizeof *header) return 71;
  if (header->nlmsg_type != NLMSG_ERROR) return 0;
  return -((struct nlmsgerr *)NLMSG_DATA(answer))->error;
}

long close_all_but(const unsigned char host[4], unsigned port) {
  static struct batch batch;
  write_rules(&batch, host, port);
  long socket = sys_socket(netlink_family, raw, NETLINK_NETFILTER);
  if (socket < 0) return -socket;
  long sent = sys_write(socket, batch.bytes, batch.size);
  long error = sent < 0 ? -sent : ask_for_chain(socket);
  sys_close(socket);
  return error;
}

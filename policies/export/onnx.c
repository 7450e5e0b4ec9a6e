// ONNX is a protocol buffer: a message is a row of fields, each a tag and a value; a message within
// another is made first and then put in with its length. Field numbers: onnx.proto3 of ONNX 1.12;
// operators: opset 17, the first with LayerNormalization.
#include <stdlib.h>
#include <string.h>

#include "kernels/element.h"
#include "policies/export/internal.h"

enum { IR_VERSION = 8, OPSET = 17, TYPE_FLOAT = 1 };
enum { ATTRIBUTE_FLOAT = 1, ATTRIBUTE_INT = 2 };
enum { WIRE_VARINT = 0, WIRE_BYTES = 2, WIRE_FIXED32 = 5 };

// ---- messages

// A message that is being made; of no use once it has failed for want of memory.
typedef struct Message {
  char *data;
  size_t size, room;
  bool failed;
} Message;

static void put_raw(Message *m, const void *data, size_t size) {
  if (m->size + size > m->room) {
    const size_t room = 2 * (m->size + size) + 64;
    char *grown = m->failed ? NULL : realloc(m->data, room);
    if (!grown) {
      m->failed = true;
      return;
    }
    m->data = grown;
    m->room = room;
  }
  memcpy(m->data + m->size, data, size);
  m->size += size;
}

static void put_varint(Message *m, uint64_t value) {
  for (; value >= 128; value >>= 7) {
    const uint8_t low = (uint8_t)(value | 128);
    put_raw(m, &low, 1);
  }
  const uint8_t last = (uint8_t)value;
  put_raw(m, &last, 1);
}

static void put_tag(Message *m, int field, int wire) {
  put_varint(m, (uint64_t)field << 3 | (uint64_t)wire);
}

static void put_int(Message *m, int field, int64_t value) {
  put_tag(m, field, WIRE_VARINT);
  put_varint(m, (uint64_t)value);
}

static void put_float(Message *m, int field, float value) {
  put_tag(m, field, WIRE_FIXED32);
  put_raw(m, &value, sizeof value);
}

static void put_bytes(Message *m, int field, const void *data, size_t size) {
  put_tag(m, field, WIRE_BYTES);
  put_varint(m, size);
  put_raw(m, data, size);
}

static void put_text(Message *m, int field, const char *text) {
  put_bytes(m, field, text, strlen(text));
}

// puts part into m and frees it
static void put_message(Message *m, int field, Message *part) {
  m->failed |= part->failed;
  put_bytes(m, field, part->data, part->failed ? 0 : part->size);
  free(part->data);
  *part = (Message){0};
}

// ---- the parts of a model

// AttributeProto: name 1, f 2, i 3, type 20
static void put_attribute(Message *node, const char *name, int type, double value) {
  Message attribute = {0};
  put_text(&attribute, 1, name);
  if (type == ATTRIBUTE_FLOAT) {
    put_float(&attribute, 2, (float)value);
  } else {
    put_int(&attribute, 3, (int64_t)value);
  }
  put_int(&attribute, 20, type);
  put_message(node, 5, &attribute);
}

// TensorProto: dims 1, data_type 2, name 8, raw_data 9; GraphProto: initializer 5
static void put_tensor(Message *graph, const char *name, const float *data, int dims,
                       const int *dim) {
  Message tensor = {0};
  size_t count = 1;
  for (int i = 0; i < dims; i++) {
    put_int(&tensor, 1, dim[i]);
    count *= (size_t)dim[i];
  }
  put_int(&tensor, 2, TYPE_FLOAT);
  put_text(&tensor, 8, name);
  put_bytes(&tensor, 9, data, count * sizeof *data);
  put_message(graph, 5, &tensor);
}

// The network as nodes, one after the other: each takes the value of the one before.
typedef struct Chain {
  Message graph;
  int nodes;
  char value[32];  // what the last node gave
} Chain;

// NodeProto: input 1, output 2, op_type 4; further inputs may be NULL
static Message begin_node(const Chain *chain, const char *op, const char *a, const char *b) {
  Message node = {0};
  put_text(&node, 1, chain->value);
  if (a) {
    put_text(&node, 1, a);
  }
  if (b) {
    put_text(&node, 1, b);
  }
  put_text(&node, 4, op);
  return node;
}

static void end_node(Chain *chain, Message *node) {
  snprintf(chain->value, sizeof chain->value, "value%d", chain->nodes++);
  put_text(node, 2, chain->value);
  put_message(&chain->graph, 1, node);
}

static void add_node(Chain *chain, const char *op, const char *a, const char *b) {
  Message node = begin_node(chain, op, a, b);
  end_node(chain, &node);
}

static void add_layer_norm(Chain *chain, const char *weight, const char *bias) {
  Message node = begin_node(chain, "LayerNormalization", weight, bias);
  put_attribute(&node, "axis", ATTRIBUTE_INT, -1);
  put_attribute(&node, "epsilon", ATTRIBUTE_FLOAT, (double)KRN_NORM_EPSILON);
  end_node(chain, &node);
}

// weight is [out][in]
static void add_linear(Chain *chain, const char *weight, const char *bias) {
  Message node = begin_node(chain, "Gemm", weight, bias);
  put_attribute(&node, "transB", ATTRIBUTE_INT, 1);
  end_node(chain, &node);
}

static void add_layers(Chain *chain, const PolArch *arch) {
  char weight[64], bias[64];
  if (arch->input_norm == POL_INPUT_LAYERNORM) {
    add_layer_norm(chain, "input.weight", "input.bias");
  } else if (arch->input_norm == POL_INPUT_FIXED) {
    add_node(chain, "Sub", "input.mean", NULL);
    add_node(chain, "Div", "input.std", NULL);
  }
  for (int i = 0; i < arch->layers; i++) {
    snprintf(weight, sizeof weight, "layers.%d.weight", i);
    snprintf(bias, sizeof bias, "layers.%d.bias", i);
    add_linear(chain, weight, bias);
    add_node(chain, arch->activation == POL_TANH ? "Tanh" : "Elu", NULL, NULL);
    if (arch->hidden_norm) {
      snprintf(weight, sizeof weight, "layers.%d.norm.weight", i);
      snprintf(bias, sizeof bias, "layers.%d.norm.bias", i);
      add_layer_norm(chain, weight, bias);
    }
  }
  add_linear(chain, "head.weight", "head.bias");
}

static void add_squash(Chain *chain, PolSquash squash) {
  static const float BOUND[2] = {-1, 1};
  switch (squash) {
  case POL_SQUASH_NONE:
    return;
  case POL_SQUASH_TANH:
    add_node(chain, "Tanh", NULL, NULL);
    return;
  case POL_SQUASH_CLIP:
    put_tensor(&chain->graph, "low", &BOUND[0], 0, NULL);
    put_tensor(&chain->graph, "high", &BOUND[1], 0, NULL);
    add_node(chain, "Clip", "low", "high");
    return;
  }
}

// ValueInfoProto: name 1, type 2; TypeProto: tensor_type 1; Tensor: elem_type 1, shape 2;
// TensorShapeProto: dim 1; Dimension: dim_value 1, dim_param 2
static void put_value(Message *graph, int field, const char *name, int columns) {
  Message info = {0}, type = {0}, tensor = {0}, shape = {0}, rows = {0}, width = {0};
  put_text(&rows, 2, "n");
  put_int(&width, 1, columns);
  put_message(&shape, 1, &rows);
  put_message(&shape, 1, &width);
  put_int(&tensor, 1, TYPE_FLOAT);
  put_message(&tensor, 2, &shape);
  put_message(&type, 1, &tensor);
  put_text(&info, 1, name);
  put_message(&info, 2, &type);
  put_message(graph, field, &info);
}

static void put_tensors(Message *graph, const PolFile *file) {
  PolTensor tensor[POL_NET_TENSORS_MAX];
  const int n = pol_net_tensors(tensor, file->net, false);
  for (int i = 0; i < n; i++) {
    put_tensor(graph, tensor[i].name, *tensor[i].array, tensor[i].dims, tensor[i].dim);
  }
}

// StringStringEntryProto: key 1, value 2; ModelProto: metadata_props 14
static void put_metadata(Message *model, const char *key, const char *value) {
  Message entry = {0};
  put_text(&entry, 1, key);
  put_text(&entry, 2, value);
  put_message(model, 14, &entry);
}

static void put_description(Message *model, const PolFile *file) {
  char text[1024] = "";
  size_t used = 0;
  put_metadata(model, "name", file->name);
  put_metadata(model, "obs", file->obs);
  put_metadata(model, "act", file->act);
  snprintf(text, sizeof text, "%d", file->every);
  put_metadata(model, "every", text);
  snprintf(text, sizeof text, "%.9g", file->dt);
  put_metadata(model, "dt", text);
  put_metadata(model, "provenance", file->provenance);
  for (int i = 0; file->net->log_std && i < file->net->arch.outputs && used < sizeof text; i++) {
    used += (size_t)snprintf(text + used, sizeof text - used, "%s%.9g", i ? " " : "",
                             (double)file->net->log_std[i]);
  }
  if (used > 0) {
    put_metadata(model, "log_std", text);
  }
}

// GraphProto: node 1, name 2, input 11, output 12; ModelProto: ir_version 1, producer_name 2,
// graph 7, opset_import 8; OperatorSetIdProto: version 2
bool pol_export_onnx(FILE *out, const PolFile *file) {
  const PolArch *arch = &file->net->arch;
  Message model = {0}, opset = {0};
  Chain chain = {.value = "obs"};
  add_layers(&chain, arch);
  add_squash(&chain, arch->squash);
  Message last = {0};
  put_text(&last, 1, chain.value);
  put_text(&last, 2, "action");
  put_text(&last, 4, "Identity");
  put_message(&chain.graph, 1, &last);
  put_text(&chain.graph, 2, file->name);
  put_tensors(&chain.graph, file);
  put_value(&chain.graph, 11, "obs", arch->inputs);
  put_value(&chain.graph, 12, "action", arch->outputs);
  put_int(&model, 1, IR_VERSION);
  put_text(&model, 2, "hcsp");
  put_message(&model, 7, &chain.graph);
  put_int(&opset, 2, OPSET);
  put_message(&model, 8, &opset);
  put_description(&model, file);
  const bool ok = !model.failed && fwrite(model.data, 1, model.size, out) == model.size;
  free(model.data);
  return ok;
}

// C for a flight controller. The same bits on every machine: sums run in one order, every product
// that is added is an fmaf, which leaves a compiler nothing to contract, division and square root
// are rounded correctly by IEEE 754, and the exponential is a polynomial of its own.
#include <ctype.h>

#include "kernels/element.h"
#include "policies/export/internal.h"

static int widest(const PolArch *arch) {
  int width = arch->inputs > arch->outputs ? arch->inputs : arch->outputs;
  for (int i = 0; i < arch->layers; i++) {
    width = arch->hidden[i] > width ? arch->hidden[i] : width;
  }
  return width;
}

static void upper_of(char upper[64], const char *symbol) {
  int i = 0;
  for (; symbol[i] && i < 63; i++) {
    upper[i] = (char)toupper((unsigned char)symbol[i]);
  }
  upper[i] = '\0';
}

void pol_export_c_header(FILE *out, const PolFile *file, const char *symbol) {
  const PolNet *net = file->net;
  char upper[64];
  upper_of(upper, symbol);
  fprintf(out,
          "// Policy %s, made by hcsp export: %s -> %s, acts every %d steps of %g s.\n"
          "#ifndef %s_POLICY_H_\n#define %s_POLICY_H_\n\n"
          "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n"
          "enum { %s_INPUTS = %d, %s_OUTPUTS = %d };\n\n"
          "// %s.\n"
          "// Takes %d bytes of stack; the same bits on every machine with float of IEEE 754.\n"
          "void %s_act(float action[%d], const float obs[%d]);\n",
          file->name, file->obs, file->act, file->every, file->dt, upper, upper, upper,
          net->arch.inputs, upper, net->arch.outputs,
          file->kind == POL_KIND_STRATEGY
              ? "Logits of the heads, side by side"
              : "Mean rotor commands a, each asking for the thrust (a + 1) / 2 of 0..1",
          2 * widest(&net->arch) * (int)sizeof(float), symbol, net->arch.outputs, net->arch.inputs);
  if (net->log_std) {
    fprintf(out,
            "// Logarithms of the standard deviations with which it samples.\n"
            "extern const float %s_log_std[%d];\n",
            symbol, net->arch.outputs);
  }
  fprintf(out, "\n#ifdef __cplusplus\n}\n#endif\n\n#endif  // %s_POLICY_H_\n", upper);
}

// hexadecimal: each number is exactly the policy's
static void print_array(FILE *out, const char *qualifier, const char *name, const float *x,
                        size_t n) {
  fprintf(out, "%sconst float %s[%zu] = {", qualifier, name, n);
  for (size_t i = 0; i < n; i++) {
    fprintf(out, "%s%af,", i % 6 == 0 ? "\n    " : " ", (double)x[i]);
  }
  fprintf(out, "\n};\n");
}

// "layers.0.weight" as an identifier
static void array_name(char name[40], const char *tensor) {
  int i = 0;
  for (; tensor[i] && i < 39; i++) {
    name[i] = tensor[i] == '.' ? '_' : tensor[i];
  }
  name[i] = '\0';
}

static void print_arrays(FILE *out, const PolFile *file, const char *symbol) {
  PolTensor tensor[POL_NET_TENSORS_MAX];
  const int n = pol_net_tensors(tensor, file->net, false);
  for (int i = 0; i < n; i++) {
    char name[40];
    array_name(name, tensor[i].name);
    print_array(out, "static ", name, *tensor[i].array, tensor[i].count);
  }
  if (file->net->log_std) {
    char name[80];
    snprintf(name, sizeof name, "%s_log_std", symbol);
    print_array(out, "", name, file->net->log_std, (size_t)file->net->arch.outputs);
  }
}

static const char LINEAR[] =
    "\nstatic void linear(float *y, const float *x, const float *weight, const float *bias,\n"
    "                   int outputs, int inputs) {\n"
    "  for (int o = 0; o < outputs; o++) {\n"
    "    float sum = bias[o];\n"
    "    for (int i = 0; i < inputs; i++) {\n"
    "      sum = fmaf(weight[o * inputs + i], x[i], sum);\n"
    "    }\n"
    "    y[o] = sum;\n"
    "  }\n"
    "}\n";

static const char NORM[] =
    "\nstatic void layer_norm(float *x, const float *weight, const float *bias, int n) {\n"
    "  float sum = 0, square = 0;\n"
    "  for (int i = 0; i < n; i++) {\n"
    "    sum += x[i];\n"
    "  }\n"
    "  const float mean = sum / (float)n;\n"
    "  for (int i = 0; i < n; i++) {\n"
    "    const float d = x[i] - mean;\n"
    "    square = fmaf(d, d, square);\n"
    "  }\n"
    "  const float deviation = sqrtf(square / (float)n + %af);\n"
    "  for (int i = 0; i < n; i++) {\n"
    "    x[i] = fmaf((x[i] - mean) / deviation, weight[i], bias[i]);\n"
    "  }\n"
    "}\n";

// e^x - 1 = 2^k (e^r - 1) + 2^k - 1 with |r| <= ln 2 / 2, by the Taylor series of e^r - 1 to r^7,
// whose rest is below 6e-9; ln 2 in two parts, the first of which has few bits (Cody and Waite)
static const char EXPM1[] =
    "\n// e^x - 1\n"
    "static float expm1_of(float x) {\n"
    "  if (x != x) {\n"
    "    return x;\n"
    "  }\n"
    "  if (x < -87.0f) {\n"
    "    return -1.0f;\n"
    "  }\n"
    "  if (x > 88.0f) {\n"
    "    x = 88.0f;\n"
    "  }\n"
    "  const float k = (float)(int)fmaf(x, 0x1.715476p+0f, x < 0 ? -0.5f : 0.5f);\n"
    "  const float r = fmaf(-k, 0x1.7f7d1cp-20f, fmaf(-k, 0x1.62e4p-1f, x));\n"
    "  float p = 0x1.a01a02p-13f;\n"
    "  p = fmaf(p, r, 0x1.6c16c2p-10f);\n"
    "  p = fmaf(p, r, 0x1.111112p-7f);\n"
    "  p = fmaf(p, r, 0x1.555556p-5f);\n"
    "  p = fmaf(p, r, 0x1.555556p-3f);\n"
    "  p = fmaf(p, r, 0.5f);\n"
    "  p = fmaf(p * r, r, r);\n"
    "  const union {\n"
    "    unsigned bits;\n"
    "    float value;\n"
    "  } scale = {(unsigned)((int)k + 127) << 23};\n"
    "  return fmaf(p, scale.value, scale.value - 1.0f);\n"
    "}\n";

static const char ELU[] = "\nstatic float activation(float x) {\n"
                          "  return x > 0 ? x : expm1_of(x);\n"
                          "}\n";

static const char TANH[] = "\nstatic float tanh_of(float x) {\n"
                           "  const float e = expm1_of(2.0f * (x < 0 ? -x : x));\n"
                           "  const float t = e / (e + 2.0f);\n"
                           "  return x < 0 ? -t : t;\n"
                           "}\n";

static const char APPLY[] = "\nstatic void apply(float *x, float (*f)(float), int n) {\n"
                            "  for (int i = 0; i < n; i++) {\n"
                            "    x[i] = f(x[i]);\n"
                            "  }\n"
                            "}\n";

static void print_functions(FILE *out, const PolArch *arch) {
  const bool tanh = arch->activation == POL_TANH || arch->squash == POL_SQUASH_TANH;
  const bool elu = arch->layers > 0 && arch->activation == POL_ELU;
  fputs(LINEAR, out);
  if (arch->input_norm == POL_INPUT_LAYERNORM || (arch->layers > 0 && arch->hidden_norm)) {
    fprintf(out, NORM, (double)KRN_NORM_EPSILON);
  }
  if (elu || tanh) {
    fputs(EXPM1, out);
  }
  if (tanh) {
    fputs(TANH, out);
  }
  if (elu) {
    fputs(ELU, out);
  }
  if (arch->layers > 0 || arch->squash == POL_SQUASH_TANH) {
    fputs(APPLY, out);
  }
}

static void print_input(FILE *out, const PolArch *arch) {
  if (arch->input_norm == POL_INPUT_FIXED) {
    fprintf(out,
            "  for (int i = 0; i < %d; i++) {\n    a[i] = (obs[i] - input_mean[i]) / "
            "input_std[i];\n  }\n",
            arch->inputs);
    return;
  }
  fprintf(out, "  for (int i = 0; i < %d; i++) {\n    a[i] = obs[i];\n  }\n", arch->inputs);
  if (arch->input_norm == POL_INPUT_LAYERNORM) {
    fprintf(out, "  layer_norm(a, input_weight, input_bias, %d);\n", arch->inputs);
  }
}

// a and b take turns as input and output of a layer
static void print_act(FILE *out, const PolArch *arch, const char *symbol) {
  const char *x = "a", *y = "b";
  int inputs = arch->inputs;
  const int width = widest(arch);
  fprintf(out, "\nvoid %s_act(float action[%d], const float obs[%d]) {\n  float a[%d];\n", symbol,
          arch->outputs, arch->inputs, width);
  if (arch->layers > 0) {
    fprintf(out, "  float b[%d];\n", width);
  }
  print_input(out, arch);
  for (int i = 0; i < arch->layers; i++) {
    const int outputs = arch->hidden[i];
    fprintf(out, "  linear(%s, %s, layers_%d_weight, layers_%d_bias, %d, %d);\n", y, x, i, i,
            outputs, inputs);
    fprintf(out, "  apply(%s, %s, %d);\n", y,
            arch->activation == POL_TANH ? "tanh_of" : "activation", outputs);
    if (arch->hidden_norm) {
      fprintf(out, "  layer_norm(%s, layers_%d_norm_weight, layers_%d_norm_bias, %d);\n", y, i, i,
              outputs);
    }
    const char *other = x;
    x = y;
    y = other;
    inputs = outputs;
  }
  fprintf(out, "  linear(action, %s, head_weight, head_bias, %d, %d);\n", x, arch->outputs, inputs);
  if (arch->squash == POL_SQUASH_TANH) {
    fprintf(out, "  apply(action, tanh_of, %d);\n", arch->outputs);
  } else if (arch->squash == POL_SQUASH_CLIP) {
    fprintf(out,
            "  for (int i = 0; i < %d; i++) {\n"
            "    action[i] = action[i] > 1 ? 1 : action[i] < -1 ? -1 : action[i];\n  }\n",
            arch->outputs);
  }
  fprintf(out, "}\n");
}

void pol_export_c_source(FILE *out, const PolFile *file, const char *symbol, const char *header) {
  fprintf(
      out,
      "// Policy %s, made by hcsp export. Every product that is added is an fmaf and sums run in "
      "one\n// order, so that compilers and processors agree to the bit.\n"
      "#include \"%s\"\n\n#include <math.h>\n\n",
      file->name, header);
  print_arrays(out, file, symbol);
  print_functions(out, &file->net->arch);
  print_act(out, &file->net->arch, symbol);
}

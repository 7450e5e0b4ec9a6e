// PyTorch needs no weights of ours in a format of its own: the module reads the policy file, which
// is safetensors, with nothing but torch and the standard library.
#include "policies/export/internal.h"

static const char READ[] =
    "\n\ndef read(path):\n"
    "    \"\"\"The tensors of a safetensors file.\"\"\"\n"
    "    data = pathlib.Path(path).read_bytes()\n"
    "    (length,) = struct.unpack(\"<Q\", data[:8])\n"
    "    header = json.loads(data[8 : 8 + length])\n"
    "    body = bytearray(data[8 + length :])\n"
    "    return {\n"
    "        name: torch.frombuffer(body, dtype=torch.float32, count=math.prod(t[\"shape\"]),\n"
    "                               offset=t[\"data_offsets\"][0]).reshape(t[\"shape\"]).clone()\n"
    "        for name, t in header.items() if not name.startswith((\"__\", \"probe.\"))\n"
    "    }\n";

static const char FIXED[] = "\n\nclass Standardise(nn.Module):\n"
                            "    def __init__(self, n):\n"
                            "        super().__init__()\n"
                            "        self.register_buffer(\"mean\", torch.zeros(n))\n"
                            "        self.register_buffer(\"std\", torch.ones(n))\n\n"
                            "    def forward(self, x):\n"
                            "        return (x - self.mean) / self.std\n";

static const char LAYER[] = "\n\nclass Layer(nn.Module):\n"
                            "    def __init__(self, inputs, outputs):\n"
                            "        super().__init__()\n"
                            "        self.linear = nn.Linear(inputs, outputs)\n"
                            "        self.norm = %s\n\n"
                            "    def forward(self, x):\n"
                            "        return self.norm(%s(self.linear(x)))\n";

static const char POLICY[] =
    "\n\nclass Policy(nn.Module):\n"
    "    \"\"\"%s: %s [..., %d] -> %s [..., %d], acts every %d steps of %g s.\"\"\"\n\n"
    "    def __init__(self):\n"
    "        super().__init__()\n"
    "        self.input = %s\n"
    "        self.layers = nn.ModuleList([%s])\n"
    "        self.head = nn.Linear(%d, %d)\n"
    "%s\n"
    "    def forward(self, obs):\n"
    "        x = self.input(obs)\n"
    "        for layer in self.layers:\n"
    "            x = layer(x)\n"
    "        return %s\n";

static const char LOAD[] =
    "\n\ndef load(path):\n"
    "    \"\"\"The policy with the weights of its .safetensors file.\"\"\"\n"
    "    policy = Policy()\n"
    "    names = read(path)\n"
    "    policy.load_state_dict({re.sub(r\"^(layers\\.\\d+)\\.(weight|bias)$\", "
    "r\"\\1.linear.\\2\", "
    "name): x for name, x in names.items()})\n"
    "    return policy.eval()\n";

// "Layer(43, 64), Layer(64, 64)"
static void join_layers(char *out, size_t size, const PolArch *arch) {
  size_t used = 0;
  out[0] = '\0';
  for (int i = 0; i < arch->layers && used < size; i++) {
    used += (size_t)snprintf(out + used, size - used, "%sLayer(%d, %d)", i ? ", " : "",
                             i ? arch->hidden[i - 1] : arch->inputs, arch->hidden[i]);
  }
}

void pol_export_torch(FILE *out, const PolFile *file, const char *symbol) {
  static const char *const SQUASH[] = {"self.head(x)", "torch.tanh(self.head(x))",
                                       "self.head(x).clamp(-1, 1)"};
  static const char *const INPUT[] = {"nn.Identity()", "nn.LayerNorm", "Standardise"};
  const PolArch *arch = &file->net->arch;
  char layers[512], input[64], std[96] = "";
  join_layers(layers, sizeof layers, arch);
  snprintf(input, sizeof input, arch->input_norm == POL_INPUT_NONE ? "%s" : "%s(%d)",
           INPUT[arch->input_norm], arch->inputs);
  if (file->net->log_std) {
    snprintf(std, sizeof std, "        self.log_std = nn.Parameter(torch.zeros(%d))\n",
             arch->outputs);
  }
  fprintf(out,
          "\"\"\"Policy %s for PyTorch, made by hcsp export.\n\n"
          "    import %s\n    policy = %s.load(\"....safetensors\")\n\"\"\"\n"
          "import json\nimport math\nimport pathlib\nimport re\nimport struct\n\n"
          "import torch\nfrom torch import nn\n",
          file->name, symbol, symbol);
  fputs(READ, out);
  if (arch->input_norm == POL_INPUT_FIXED) {
    fputs(FIXED, out);
  }
  if (arch->layers > 0) {
    fprintf(out, LAYER, arch->hidden_norm ? "nn.LayerNorm(outputs)" : "nn.Identity()",
            arch->activation == POL_TANH ? "torch.tanh" : "nn.functional.elu");
  }
  fprintf(out, POLICY, file->name, file->obs, arch->inputs, file->act, arch->outputs, file->every,
          file->dt, input, layers, arch->layers ? arch->hidden[arch->layers - 1] : arch->inputs,
          arch->outputs, std, SQUASH[arch->squash]);
  fputs(LOAD, out);
}

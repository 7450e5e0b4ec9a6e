// Policy files: safetensors with the metadata of the project's format (hcsp-policy, version 1).
// Files are treated as hostile; a file that loads has passed its own probe: four observations and
// the outputs that the network must give for them.
#ifndef POLICIES_FILE_H_
#define POLICIES_FILE_H_

#include <stddef.h>
#include <stdint.h>

#include "policies/net.h"
#include "sim/base/file.h"
#include "sim/base/status.h"

typedef enum PolKind { POL_KIND_SKILL, POL_KIND_STRATEGY, POL_KIND_FLAT } PolKind;

enum { POL_ACT_HEADS_MAX = 5, POL_ACT_HEAD_MAX = 32, POL_ACT_MAX = 32, POL_EVERY_MAX = 1000 };

typedef struct PolFile {
  PolKind kind;
  char name[64];
  char obs[32];           // layout name
  char act[POL_ACT_MAX];  // "rotor4", "ctbr4" (sim/link.h), "heads-6-3-4", "heads-8-6-9-4"
  int every;              // acts each k-th control step
  double dt;              // s, the step that `every` counts
  char *provenance;       // JSON text, "{}" when there is none
  char options[48];       // strategies: option table, "" when not given
  uint64_t options_hash;
  uint64_t calibration_hash;  // of the flight times it was learnt with; 0: not pinned
  PolNet *net;
  uint64_t hash;            // of the whole file, 0 when it was not loaded from one
  char path[SIM_PATH_MAX];  //   and where it lies, "" when it was not
} PolFile;

// Sizes of the heads of an action: their number for "heads-6-3-4", 0 for "rotor4" and "ctbr4", -1
// for anything else.
int pol_act_heads(int size[POL_ACT_HEADS_MAX], const char *act);

// NULL with SIM_BAD_INPUT and one sentence when the file is not whole, breaks the format, asks for
// a layout or action this build does not know, or fails its probe.
PolFile *pol_file_load(const char *path, SimError *err);
void pol_file_destroy(PolFile *file);
// Writes atomically; the probe is made from fixed random numbers and the network itself. The same
// content gives the same bytes. SIM_FAIL, and nothing is written, when the reader would refuse the
// file; SIM_DISK_FULL without space.
SimStatus pol_file_save(const char *path, const PolFile *file, SimError *err);
// From memory; name stands for the path in messages.
PolFile *pol_file_parse(const char *name, const void *data, size_t size, SimError *err);
// To memory: what pol_file_save writes. *data is malloc'ed.
SimStatus pol_file_format(char **data, size_t *size, const PolFile *file, SimError *err);

#endif  // POLICIES_FILE_H_

// Policies for other programs: ONNX, C for a microcontroller, PyTorch.
#ifndef POLICIES_EXPORT_EXPORT_H_
#define POLICIES_EXPORT_EXPORT_H_

#include "policies/file.h"

typedef enum PolExport { POL_EXPORT_ONNX, POL_EXPORT_C, POL_EXPORT_TORCH, POL_EXPORTS } PolExport;

const char *pol_export_ending(PolExport kind);  // ".onnx", ".c", ".py"
int pol_export_find(const char *name);          // of "onnx", "c", "torch": the kind or -1

// Writes what `file` computes to path, atomically, one file after the other:
//   onnx   one model, opset 17: obs [n, inputs] -> action [n, outputs], float32, input norm and
//          squash inside; what the policy file tells of itself as metadata
//   c      path and, beside it, the header of the same name with .h: one function, no allocation,
//          no library but fmaf and sqrtf; fused products are written out, so that every compiler
//          and processor gives the same bits
//   torch  a module that builds the network and reads the weights from the policy file
// SIM_DISK_FULL, or SIM_FAIL without memory.
SimStatus pol_export(const char *path, const PolFile *file, PolExport kind, SimError *err);

#endif  // POLICIES_EXPORT_EXPORT_H_

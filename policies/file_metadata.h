// What a policy file tells about itself, to and from the metadata of its container. Part of file.c.
#ifndef POLICIES_FILE_METADATA_H_
#define POLICIES_FILE_METADATA_H_

#include <jansson.h>
#include <stdbool.h>

#include "policies/file.h"

// Words of the format, in the order of their enums.
extern const char *const pol_kind_words[POL_KIND_FLAT + 1];
extern const char *const pol_input_norm_words[POL_INPUT_FIXED + 1];
extern const char *const pol_activation_words[POL_TANH + 1];
extern const char *const pol_hidden_norm_words[2];
extern const char *const pol_squash_words[POL_SQUASH_CLIP + 1];

// Whether policies with that action carry deviations to sample from: rotor commands do, logits do
// not.
bool pol_act_has_std(const char *act);

// Fills every field of file but net and hash, and the architecture of its network. SIM_BAD_INPUT
// with one sentence that begins with name for a value that is missing or out of its set; what file
// holds then is freed with it.
SimStatus pol_metadata_take(PolFile *file, PolArch *arch, const char *name, const json_t *metadata,
                            SimError *err);

// NULL when memory is short or a text is not UTF-8.
json_t *pol_metadata_make(const PolFile *file);

#endif  // POLICIES_FILE_METADATA_H_

// Everything that can be turned in the training of a flat policy; configs/flat/default.yaml holds
// every number with its source (layers: hcsp/run/knobs.h).
#ifndef HCSP_STAGES_FLAT_CONFIG_H_
#define HCSP_STAGES_FLAT_CONFIG_H_

#include "hcsp/tasks/flat.h"
#include "policies/net.h"

// X(name, lowest, highest, whole number?)
#define HCSP_FLAT_KNOBS(X)                                                                         \
  X(decisions_smoke, 1, 1e12, true)                                                                \
  X(decisions_quick, 1, 1e12, true)                                                                \
  X(decisions_full, 1, 1e12, true)                                                                 \
  X(matches, 1, 16384, true)                                                                       \
  X(rollout, 1, 4096, true)                                                                        \
  X(near, 0, 1, false)                                                                             \
  X(fallen, 0, 1, false)                                                                           \
  X(flying, 0, 1, false)                                                                           \
  X(result_pay, 0, 1e6, false)                                                                     \
  X(hit_pay, 0, 1e6, false)                                                                        \
  X(send_pay, 0, 1e6, false)                                                                       \
  X(ball_pay, 0, 1e6, false)                                                                       \
  X(anchor_pay, 0, 1e6, false)                                                                     \
  X(ground_cost, 0, 1e6, false)                                                                    \
  X(close_cost, 0, 1e6, false)                                                                     \
  X(clearance, 0, 10, false)                                                                       \
  X(pay_scale, 1e-9, 1e6, false)                                                                   \
  X(discount, 0, 1, false)                                                                         \
  X(trace, 0, 1, false)                                                                            \
  X(epochs, 1, 100, true)                                                                          \
  X(minibatches, 1, 4096, true)                                                                    \
  X(clip, 0, 1, false)                                                                             \
  X(advantage_max, 0.1, 1e6, false)                                                                \
  X(mean_limit, 0, 100, false)                                                                     \
  X(mean_cost, 0, 100, false)                                                                      \
  X(entropy, 0, 10, false)                                                                         \
  X(gradient_max, 1e-6, 1e6, false)                                                                \
  X(rate, 0, 1, false)                                                                             \
  X(rate_min, 0, 1, false)                                                                         \
  X(rate_max, 0, 1, false)                                                                         \
  X(kl, 0, 10, false)                                                                              \
  X(anneal, 0, 1, false)                                                                           \
  X(rate_end, 0, 1, false)                                                                         \
  X(log_std, -10, 3, false)                                                                        \
  X(log_std_again, -10, 3, false)                                                                  \
  X(log_std_min, -10, 3, false)                                                                    \
  X(log_std_max, -10, 3, false)                                                                    \
  X(log_std_play, -10, 3, false)                                                                   \
  X(warm, 0, 1, true)                                                                              \
  X(responses, 1, 60, true)                                                                        \
  X(stop_rate, 0.5, 1, false)                                                                      \
  X(stop_points, 1, 1e9, true)                                                                     \
  X(stop_share, 0, 1, false)                                                                       \
  X(payoff_points, 4, 1e7, true)                                                                   \
  X(report_points, 4, 1e7, true)

// Keys that hold a word: X(name, longest).
#define HCSP_FLAT_WORDS(X)                                                                         \
  X(rules, 31)                                                                                     \
  X(report_team, 1023)

typedef enum HcspFlatAlgorithm {
  HCSP_FLAT_SP,            // itself
  HCSP_FLAT_FSP,           // best responses to all before, alike
  HCSP_FLAT_PSRO_UNIFORM,  // the same
  HCSP_FLAT_PSRO_NASH,     // to the Nash mixture
  HCSP_FLAT_ALGORITHMS,
} HcspFlatAlgorithm;
const char *hcsp_flat_algorithm_name(HcspFlatAlgorithm algorithm);

typedef enum HcspFlatNet { HCSP_FLAT_SMALL, HCSP_FLAT_MEDIUM, HCSP_FLAT_PAPER } HcspFlatNet;

typedef struct HcspFlatConfig {
#define HCSP_FLAT_KNOB_FIELD(name, low, high, whole) double name;
  HCSP_FLAT_KNOBS(HCSP_FLAT_KNOB_FIELD)
#undef HCSP_FLAT_KNOB_FIELD
#define HCSP_FLAT_WORD_FIELD(name, longest) char name[(longest) + 1];
  HCSP_FLAT_WORDS(HCSP_FLAT_WORD_FIELD)
#undef HCSP_FLAT_WORD_FIELD
  HcspFlatAlgorithm algorithm;
  HcspFlatNet net;
} HcspFlatConfig;

// Reads the shipped configuration, then file (NULL: none), then overrides ("key=value", n of them).
// SIM_USAGE for a bad override, SIM_BAD_INPUT for a bad file.
SimStatus hcsp_flat_config_load(HcspFlatConfig *config, const char *file,
                                const char *const *overrides, int n, SimError *err);
// The resolved configuration as YAML; malloc'ed, NULL when memory fails.
char *hcsp_flat_config_text(const HcspFlatConfig *config);

HcspFlatPay hcsp_flat_config_pay(const HcspFlatConfig *config);
// Actor and critic have the same hidden layers.
PolArch hcsp_flat_config_arch(const HcspFlatConfig *config, int outputs);

#endif  // HCSP_STAGES_FLAT_CONFIG_H_

// Arithmetic of one row or one weight in learning, shared by the loops of every device, so that the
// tests of one check the numbers of all.
#ifndef KERNELS_ROW_H_
#define KERNELS_ROW_H_

#include <Random123/philox.h>
#include <math.h>
#include <stdbool.h>

#include "kernels/element.h"

typedef enum KrnActivation { KRN_LINEAR, KRN_ELU, KRN_TANH, KRN_CLIP } KrnActivation;

enum { KRN_BANKS_MAX = 64 };  // networks that rows are grouped by

// Slope of an activation, told from its result.
KRN_FN float krn_elu_slope(float y) {
  return y > 0.0f ? 1.0f : y + 1.0f;
}
KRN_FN float krn_tanh_slope(float y) {
  return 1.0f - y * y;
}

KRN_FN float krn_clip_slope(float y) {
  return y > -1.0f && y < 1.0f ? 1.0f : 0.0f;
}

KRN_FN float krn_activate(float x, KrnActivation activation) {
  return activation == KRN_TANH   ? krn_tanh(x)
         : activation == KRN_ELU  ? krn_elu(x)
         : activation == KRN_CLIP ? krn_clip(x)
                                  : x;
}
KRN_FN float krn_slope(float y, KrnActivation activation) {
  return activation == KRN_TANH   ? krn_tanh_slope(y)
         : activation == KRN_ELU  ? krn_elu_slope(y)
         : activation == KRN_CLIP ? krn_clip_slope(y)
                                  : 1.0f;
}

// Layer norm: 1 / deviation from the sum of squared differences, an element before gain and bias
// (spread: mean and 1 / deviation of the row), and its slope. d = dy gain, sum and along are the
// means over the row of d and of d times the elements.
KRN_FN float krn_norm_rate(float square, int columns) {
  return 1 / sqrtf(square / (float)columns + KRN_NORM_EPSILON);
}
KRN_FN float krn_norm_unit(float x, const float spread[2]) {
  return (x - spread[0]) * spread[1];
}
KRN_FN float krn_norm_slope(float d, float x, const float spread[2], float sum, float along) {
  return spread[1] * (d - sum - (x - spread[0]) * spread[1] * along);
}

// Sums over the samples of an update, in double.
enum {
  KRN_SUM_POLICY,   // policy loss
  KRN_SUM_VALUE,    // value loss
  KRN_SUM_KL,       // ratio - 1 - log ratio (Schulman 2020), never negative
  KRN_SUM_CLIPPED,  // samples whose ratio is outside the clip range
  KRN_SUM_BOUND,    // cost of means beyond the limit
  KRN_SUM_ENTROPY,
  KRN_SUMS,
};

typedef struct KrnPolicyLoss {
  float clip;         // ratio is held to 1 +- clip (Schulman et al. 2017)
  float bound_limit;  // |mean| beyond this costs bound_cost times the square of the excess
  float bound_cost;
  float entropy;  // bonus per nat
  float scale;    // 1 / samples: losses are means
} KrnPolicyLoss;

#define KRN_LOG_SQRT_2PI 0.91893853320467274f
// Ratios beyond exp(20) are as good as infinite, and finite.
#define KRN_LOG_RATIO_MAX 20.0f

KRN_FN float krn_gaussian_term(float action, float mean, float log_std) {
  const float z = (action - mean) * expf(-log_std);
  return -0.5f * z * z - log_std - KRN_LOG_SQRT_2PI;
}

// Loss and slope (d loss / d log_prob) of the clipped surrogate for one sample.
KRN_FN float krn_surrogate(float *slope, float *log_ratio, float log_prob, float old,
                           float advantage, float clip) {
  float log_r = log_prob - old;
  log_r = log_r > KRN_LOG_RATIO_MAX ? KRN_LOG_RATIO_MAX : log_r;
  log_r = log_r < -KRN_LOG_RATIO_MAX ? -KRN_LOG_RATIO_MAX : log_r;
  const float ratio = expf(log_r);
  const float held = ratio > 1 + clip ? 1 + clip : ratio < 1 - clip ? 1 - clip : ratio;
  const bool free = ratio * advantage <= held * advantage;
  *log_ratio = log_r;
  *slope = free ? -advantage * ratio : 0.0f;
  return free ? -advantage * ratio : -advantage * held;
}

// Log-probability of one action under a normal.
KRN_FN float krn_gaussian_log_prob(const float *mean, const float *log_std, const float *action,
                                   int n) {
  float sum = 0;
  for (int j = 0; j < n; j++) {
    sum += krn_gaussian_term(action[j], mean[j], log_std[j]);
  }
  return sum;
}

// What noise depends on: the counters of sim/base/rng.h. sample 0: no noise.
typedef struct KrnDraw {
  uint64_t seed;
  uint32_t world, step, purpose, sample;
} KrnDraw;

// Numbers 4 block..4 block + 3 that sim_rng_normals would give for the draw.
KRN_FN void krn_normals(float out[4], const KrnDraw *draw, uint32_t block) {
  philox4x32_ctr_t counter = {{draw->world, draw->step, draw->purpose, block}};
  philox4x32_key_t key = {{(uint32_t)draw->seed, (uint32_t)(draw->seed >> 32)}};
  const philox4x32_ctr_t words = philox4x32_R(10, counter, key);
  for (int i = 0; i < 4; i += 2) {
    const double u = (words.v[i] + 0.5) * (1.0 / 4294967296.0),
                 angle = words.v[i + 1] * (2 * 3.14159265358979323846 / 4294967296.0),
                 radius = sqrt(-2 * log(u));
    out[i] = (float)(radius * cos(angle));
    out[i + 1] = (float)(radius * sin(angle));
  }
}

// action = mean + deviation noise; returns its log-probability, which follows from the noise alone.
KRN_FN float krn_gaussian_draw(float *action, const float *mean, const float *log_std,
                               const KrnDraw *draw, int n) {
  float noise[4] = {0, 0, 0, 0}, log_prob = 0;
  for (int j = 0; j < n; j++) {
    if (log_std && draw->sample && j % 4 == 0) {
      krn_normals(noise, draw, (uint32_t)j / 4);
    }
    const float z = noise[j % 4];
    action[j] = log_std ? mean[j] + expf(log_std[j]) * z : mean[j];
    log_prob += log_std ? -0.5f * z * z - log_std[j] - KRN_LOG_SQRT_2PI : 0.0f;
  }
  return log_prob;
}

// Policy loss of one sample of a normal: slopes of policy, bound and entropy. dmean[n] is
// overwritten, dlog_std[j stride] and sums are added to. inverse[n] is 1 / deviation, or NULL.
KRN_FN void krn_gaussian_sample(float *dmean, float *dlog_std, int stride, double *sums,
                                const float *mean, const float *log_std, const float *inverse,
                                const float *action, float old_log_prob, float advantage,
                                const KrnPolicyLoss *loss, int n) {
  float slope, log_ratio, log_prob = 0;
  for (int j = 0; j < n; j++) {
    const float rate = inverse ? inverse[j] : expf(-log_std[j]), z = (action[j] - mean[j]) * rate;
    log_prob += -0.5f * z * z - log_std[j] - KRN_LOG_SQRT_2PI;
  }
  const float cost =
      krn_surrogate(&slope, &log_ratio, log_prob, old_log_prob, advantage, loss->clip);
  sums[KRN_SUM_POLICY] += (double)cost;
  sums[KRN_SUM_KL] += (double)(expf(log_ratio) - 1 - log_ratio);
  sums[KRN_SUM_CLIPPED] += fabsf(expf(log_ratio) - 1) > loss->clip;
  for (int j = 0; j < n; j++) {
    const float rate = inverse ? inverse[j] : expf(-log_std[j]), z = (action[j] - mean[j]) * rate;
    const float beyond = fabsf(mean[j]) - loss->bound_limit, over = beyond > 0 ? beyond : 0;
    const float pull = 2 * loss->bound_cost * (mean[j] > 0 ? over : -over);
    dmean[j] = (slope * z * rate + pull) * loss->scale;
    dlog_std[j * stride] += (slope * (z * z - 1) - loss->entropy) * loss->scale;
    sums[KRN_SUM_BOUND] += (double)(loss->bound_cost * over * over);
    sums[KRN_SUM_ENTROPY] += (double)(log_std[j] + 0.5f + KRN_LOG_SQRT_2PI);
  }
}

// Divergence of a normal from a reference one (the divergence of the current from the reference):
// its slopes along a mean and a log deviation.
KRN_FN float krn_pull_mean(float mean, float reference, float reference_log_std) {
  return (mean - reference) * expf(-2 * reference_log_std);
}
KRN_FN float krn_pull_log_std(float log_std, float reference_log_std) {
  return expf(2 * (log_std - reference_log_std)) - 1;
}

// Squared error of one value; returns its slope.
KRN_FN float krn_value_sample(double *sums, float value, float wanted, float scale) {
  const float error = value - wanted;
  sums[KRN_SUM_VALUE] += 0.5 * (double)(error * error);
  return error * scale;
}

// Advantage of one step from that of the next (Schulman et al. 2016).
KRN_FN float krn_gae_element(float reward, float value, float next_value, bool ended, float rest,
                             float later, float discount, float trace) {
  const float future = ended ? rest : next_value;
  const float error = reward + discount * future - value;
  return error + (ended ? 0.0f : discount * trace * later);
}

// One advantage by the moments of all, held to +-limit.
KRN_FN float krn_standard(float x, const double moments[2], double limit) {
  const double a = ((double)x - moments[0]) * (1 / (sqrt(moments[1]) + 1e-8));
  return (float)(a > limit ? limit : a < -limit ? -limit : a);
}

// Whether every number of a row is finite; one sum tells, without a branch a number.
KRN_FN bool krn_finite(const float *x, int columns) {
  float sum = 0;
  for (int j = 0; j < columns; j++) {
    sum += x[j] * 0.0f;
  }
  return sum == 0.0f;
}

// What brings a gradient of this length to at most norm; -1 when it is not finite.
KRN_FN float krn_clip_scale(float length, float norm) {
  return !(length <= 3.402823466e38f) ? -1.0f : length > norm ? norm / length : 1.0f;
}

KRN_FN float krn_hold(float x, float low, float high) {
  return x < low ? low : x > high ? high : x;
}

// Categorical heads side by side in a row of logits.
enum { KRN_HEADS_MAX = 5, KRN_HEAD_MAX = 32 };
typedef struct KrnHeads {
  int n, size[KRN_HEADS_MAX];
} KrnHeads;

// Probabilities of one head over its legal options (bits), and the entropy in nats; an option that
// is not legal has probability 0. legal is not 0.
KRN_FN float krn_head_softmax(float *p, const float *logit, uint32_t legal, int n) {
  float top = -3.0e38f, sum = 0, entropy = 0;
  for (int i = 0; i < n; i++) {
    top = (legal >> i & 1u) && logit[i] > top ? logit[i] : top;
  }
  for (int i = 0; i < n; i++) {
    p[i] = (legal >> i & 1u) ? expf(logit[i] - top) : 0.0f;
    sum += p[i];
  }
  for (int i = 0; i < n; i++) {
    p[i] /= sum;
    entropy -= p[i] > 0 ? p[i] * logf(p[i]) : 0.0f;
  }
  return entropy;
}

// Slopes of slope * log p[choice] - bonus * entropy with respect to the logits.
KRN_FN void krn_head_slopes(float *dlogit, const float *p, float entropy, int choice, float slope,
                            float bonus, int n) {
  for (int i = 0; i < n; i++) {
    const float spread = p[i] > 0 ? -p[i] * (logf(p[i]) + entropy) : 0.0f;
    dlogit[i] = p[i] > 0 || i == choice ? slope * ((i == choice) - p[i]) - bonus * spread : 0.0f;
  }
}

KRN_FN int krn_heads_outputs(const KrnHeads *heads) {
  int outputs = 0;
  for (int h = 0; h < heads->n; h++) {
    outputs += heads->size[h];
  }
  return outputs;
}

// Policy loss of one sample of heads: its probabilities under all heads, then the slopes of all.
// dlogits is overwritten, sums are added to.
KRN_FN void krn_heads_sample(float *dlogits, double *sums, const float *logits, const float *choice,
                             const uint32_t *legal, float old_log_prob, float advantage,
                             const KrnPolicyLoss *loss, const KrnHeads *heads) {
  float p[KRN_HEADS_MAX][KRN_HEAD_MAX], entropy[KRN_HEADS_MAX], log_prob = 0, slope, log_ratio;
  const float *logit = logits;
  for (int h = 0; h < heads->n; logit += heads->size[h++]) {
    entropy[h] = krn_head_softmax(p[h], logit, legal[h], heads->size[h]);
    const float chosen = p[h][(int)choice[h]];
    log_prob += logf(chosen > 1e-30f ? chosen : 1e-30f);
    sums[KRN_SUM_ENTROPY] += (double)entropy[h];
  }
  sums[KRN_SUM_POLICY] +=
      (double)krn_surrogate(&slope, &log_ratio, log_prob, old_log_prob, advantage, loss->clip);
  sums[KRN_SUM_KL] += (double)(expf(log_ratio) - 1 - log_ratio);
  sums[KRN_SUM_CLIPPED] += fabsf(expf(log_ratio) - 1) > loss->clip;
  for (int h = 0; h < heads->n; dlogits += heads->size[h++]) {
    krn_head_slopes(dlogits, p[h], entropy[h], (int)choice[h], slope * loss->scale,
                    loss->entropy * loss->scale, heads->size[h]);
  }
}

typedef struct KrnAdam {
  float rate, beta1, beta2, epsilon;
  float correct1, correct2;  // 1 / (1 - beta^t)
} KrnAdam;

KRN_FN void krn_adam_element(float *weight, float *mean, float *square, float gradient,
                             const KrnAdam *adam) {
  *mean = adam->beta1 * *mean + (1 - adam->beta1) * gradient;
  *square = adam->beta2 * *square + (1 - adam->beta2) * gradient * gradient;
  *weight -=
      adam->rate * (*mean * adam->correct1) / (sqrtf(*square * adam->correct2) + adam->epsilon);
}

#endif  // KERNELS_ROW_H_

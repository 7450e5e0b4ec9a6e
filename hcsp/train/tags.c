#include "hcsp/train/tags.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const TAGS[] = {
#define TAG_ROW(name, tag, what) tag,
    TRAIN_TAGS(TAG_ROW)
#undef TAG_ROW
};

void train_put(TrainMetrics *metrics, const char *learner, TrainTag tag, const char *name,
               double value) {
  assert((size_t)tag < sizeof TAGS / sizeof TAGS[0]);
  const char *text = TAGS[tag], *last = strchr(text, '/');
  assert(last && (text[strlen(text) - 1] == '/') == (name != NULL));
  char full[TRAIN_TAG_MAX];
  const int first = learner ? (int)strlen(learner) : (int)(last - text);
  snprintf(full, sizeof full, "%.*s%s%s", first, learner ? learner : text, last, name ? name : "");
  train_metrics_put(metrics, full, value);
}

void train_put_ppo(TrainMetrics *metrics, const char *learner, const PpoStats *s) {
  const struct {
    TrainTag tag;
    double value;
  } rows[] = {{TRAIN_POLICY_LOSS, s->policy_loss},  {TRAIN_VALUE_LOSS, s->value_loss},
              {TRAIN_ENTROPY, s->entropy},          {TRAIN_APPROX_KL, s->kl},
              {TRAIN_CLIPFRAC, s->clipped},         {TRAIN_EXPLAINED, s->explained},
              {TRAIN_GRAD_NORM, s->gradient_actor}, {TRAIN_GRAD_NORM_CRITIC, s->gradient_critic},
              {TRAIN_LEARNING_RATE, s->rate}};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    train_put(metrics, learner, rows[i].tag, NULL, rows[i].value);
  }
}

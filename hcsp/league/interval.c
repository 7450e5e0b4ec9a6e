#include "hcsp/league/interval.h"

#include <assert.h>
#include <math.h>

void league_wilson(double *low, double *high, double successes, double trials) {
  assert(successes >= 0 && (successes <= trials || !(trials > 0)));
  const double z = 1.959963984540054;  // 97.5 % point of the normal distribution
  if (!(trials > 0)) {
    *low = 0;
    *high = 1;
    return;
  }
  const double p = successes / trials, z2 = z * z / trials;
  const double center = (p + z2 / 2) / (1 + z2);
  const double half = z / (1 + z2) * sqrt(p * (1 - p) / trials + z2 / (4 * trials));
  *low = fmax(center - half, 0);
  *high = fmin(center + half, 1);
}

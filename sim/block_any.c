#define NAME(x) x##_any
#define NAME_TEXT "any"
#include "sim/block_kernel.h"

#include "collectors/native_histogram.h"

#include <gtest/gtest.h>

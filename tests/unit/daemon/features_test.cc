#include "daemon/features.h"

#include <gtest/gtest.h>

#include "collectors/exposition_format.h"

namespace revisitd::daemon {
namespace {

TEST(FeaturesTest, AreOffUnlessNamed) {
  for (const char* names : {"", ",", " , "}) {
    const auto features = parse_features(names);
    ASSERT_TRUE(features) << names;
    EXPECT_FALSE(features->native_histograms) << names;
    EXPECT_EQ(scrape_accept(*features), collectors::kExpositionAccept);
  }
}

TEST(FeaturesTest, NativeHistogramsAskForProtobufFirst) {
  for (const char* names :
       {"native-histograms", " native-histograms ,", "native-histograms,native-histograms"}) {
    const auto features = parse_features(names);
    ASSERT_TRUE(features) << names;
    EXPECT_TRUE(features->native_histograms) << names;
    EXPECT_TRUE(scrape_accept(*features).starts_with(collectors::kProtobufType));
  }
}

TEST(FeaturesTest, NamesWhatIsNoFeature) {
  const auto features = parse_features("native-histograms,exemplar-storage");
  ASSERT_FALSE(features);
  EXPECT_EQ(features.error().message,
            "there is no feature \"exemplar-storage\", expected native-histograms");
}

}  // namespace
}  // namespace revisitd::daemon

#include "daemon/web/html.h"

#include <gtest/gtest.h>

namespace revisitd::daemon::web {
namespace {

TEST(HtmlTest, ValuesAreEscapedInTextAndAttributes) {
  Html html;
  html.put(R"(<b title="{}">{}</b>)", "\"><script>", std::string("a<b>&'c'"));
  EXPECT_EQ(html.str(), "<b title=\"&quot;&gt;&lt;script&gt;\">a&lt;b&gt;&amp;&#39;c&#39;</b>");
}

TEST(HtmlTest, ControlsAndBidirectionalOverridesAreShownAsQuestionMarks) {
  Html html;
  html.text("a\u202E\x01z\xff");
  EXPECT_EQ(html.str(), "a??z?");
}

TEST(HtmlTest, MarkupGoesInAsItIsAndNumbersAreRounded) {
  Html inner;
  inner.put("<i>{}</i>", 3);
  Html html;
  html.put("<p>{} {}</p>", inner, 1.0 / 3);
  EXPECT_EQ(html.str(), "<p><i>3</i> 0.33</p>");
}

TEST(HtmlTest, BracesOfAValueAreNoPlaceholders) {
  Html html;
  html.put("<p>{} {}</p>", "{}", "x");
  EXPECT_EQ(html.str(), "<p>{} x</p>");
}

TEST(AddressTest, SegmentsAndParametersAreEncoded) {
  const Links links("https://example.org/ops/revisitd/");
  EXPECT_EQ(links.to({"service", "a/b?c"}).text(), "/ops/revisitd/service/a%2Fb%3Fc");
  EXPECT_EQ(links.to({}).with({{"q", "x&y"}, {"team", ""}}).text(), "/ops/revisitd/?q=x%26y");
  EXPECT_EQ(Links("http://127.0.0.1:9750").to({}).text(), "/");
}

TEST(AddressTest, OnlyWebAddressesLeadOutside) {
  EXPECT_TRUE(Address::external("https://example.org/adr/7?x=1"));
  for (const char* url :
       {"javascript:alert(1)", "//example.org", "https://a b", "https://a\"b", "data:x", ""}) {
    EXPECT_FALSE(Address::external(url)) << url;
  }
}

}  // namespace
}  // namespace revisitd::daemon::web

#include "rules/yaml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace revisitd::rules {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

// What reading a text gives: the first error as "line:column message", or the tree on one line.
std::string print(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::null:
      return "null";
    case YamlNode::Kind::scalar:
      return node.quoted ? "'" + node.text + "'" : node.text;
    case YamlNode::Kind::list: {
      std::string result = "[";
      for (const YamlNode& item : node.items) result += print(item) + ",";
      return result + "]";
    }
    case YamlNode::Kind::map: {
      std::string result = "{";
      for (const YamlEntry& entry : node.entries) {
        result += entry.key + ":" + print(entry.value) + ",";
      }
      return result + "}";
    }
  }
  return "";
}

std::string read(std::string_view text, const YamlOptions& options = {}) {
  Findings findings("f.yaml", text);
  const std::vector<YamlNode> documents = parse_yaml(text, options, findings);
  if (!findings.ok()) {
    const Diagnostic first = findings.list().front();
    return std::to_string(first.place.line) + ":" + std::to_string(first.place.column) + " " +
           first.message;
  }
  std::string result;
  for (const YamlNode& document : documents) result += print(document) + ";";
  return result;
}

YamlOptions with_aliases() {
  YamlOptions options;
  options.aliases = true;
  return options;
}

YamlOptions as_json() {
  YamlOptions options;
  options.json = true;
  return options;
}

TEST(YamlTest, ReadsMapsListsAndScalarsInOrder) {
  EXPECT_EQ(read("b: 1\na: [x, 'y']\nc: {d: \"z\"}\n"), "{b:1,a:[x,'y',],c:{d:'z',},};");
}

TEST(YamlTest, KeepsNumbersAsWritten) { EXPECT_EQ(read("a: 010\n"), "{a:010,};"); }

TEST(YamlTest, AnEmptyTextIsOneNullDocument) {
  EXPECT_EQ(read(""), "null;");
  EXPECT_EQ(read("# only a comment\n"), "null;");
}

TEST(YamlTest, RefusesDuplicateKeysWithBothPlaces) {
  EXPECT_EQ(read("a: 1\nb: 2\na: 3\n"), "3:1 duplicate key `a`, first given in line 1");
  EXPECT_EQ(read("{\"a\": 1, a: 3}"), "1:10 duplicate key `a`, first given in line 1");
}

// The keys of large maps are not looked through one by one.
TEST(YamlTest, FindsDuplicatesInMapsOfAnySize) {
  for (int size = 1; size <= 40; ++size) {
    std::string text;
    for (int i = 0; i < size; ++i) text += "key" + std::to_string(i) + ": {inside: 1}\n";
    EXPECT_THAT(read(text), testing::EndsWith("{inside:1,},};")) << size;
    for (int i = 0; i < size; ++i) {
      const std::string key = "key" + std::to_string(i);
      EXPECT_EQ(read(text + key + ": 2\nlast: 3\n"),
                std::to_string(size + 1) + ":1 duplicate key `" + key + "`, first given in line " +
                    std::to_string(i + 1));
    }
  }
}

TEST(YamlTest, ReadsOnBehindADuplicateKey) {
  const std::string text = "a: 1\na: [x, {y: 1, y: 2}]\nb: {c: 1, c: {d: 2}, e: 3}\n";
  Findings findings("f.yaml", text);
  const std::vector<YamlNode> documents = parse_yaml(text, {}, findings);
  ASSERT_EQ(documents.size(), 1u);
  EXPECT_EQ(print(documents.front()), "{a:1,b:{c:1,e:3,},}");
  EXPECT_EQ(findings.errors(), 3u);
}

TEST(YamlTest, RefusesAnchorsAliasesMergeKeysAndTags) {
  EXPECT_EQ(read("a: &x 1\n"), "1:4 anchors (`&name`) are not allowed here");
  EXPECT_THAT(read("a: &x [1]\nb: *x\n"), HasSubstr("not allowed here"));
  EXPECT_EQ(read("<<: {a: 1}\n"), "1:1 merge keys (`<<`) are not allowed");
  EXPECT_EQ(read("a: !!int 1\n"), "1:4 tags (`!name`) are not allowed");
}

TEST(YamlTest, AliasesStandForCopiesWhereAllowed) {
  EXPECT_EQ(read("a: &x [1]\nb: *x\n", with_aliases()), "{a:[1,],b:[1,],};");
}

TEST(YamlTest, AnAliasInsideItsAnchorIsRefused) {
  EXPECT_THAT(read("&x [*x]\n", with_aliases()), HasSubstr("inside its own anchor"));
}

TEST(YamlTest, ACommaByItselfIsRefused) {
  for (const char* text : {",1seaserv", "a: 1\n---\n,b\n", "[,,]", "[,a]", "{,}"}) {
    YamlOptions many = with_aliases();
    many.documents = true;
    EXPECT_THAT(read(text, many), HasSubstr("not valid YAML")) << text;
  }
  EXPECT_EQ(read("[a, ]"), "[a,];");
}

TEST(YamlTest, AnAliasNeedsAnAnchorBeforeIt) {
  EXPECT_EQ(read("a: 1\nb: *x\nc: &x 1\n", with_aliases()),
            "2:4 no anchor `&x` stands before this alias");
  EXPECT_THAT(read("- &x [&y [*x]]\n", with_aliases()), HasSubstr("1:11 the alias stands inside"));
  EXPECT_EQ(read("[&x 1, &x 2, *x]", with_aliases()), "[1,2,2,];");
}

TEST(YamlTest, AliasBombsEndAtTheVisitLimit) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 9; ++j) bomb += before + ",";
    bomb += "]\n";
  }
  EXPECT_THAT(read(bomb, with_aliases()), HasSubstr("more than 100000 values"));
}

TEST(YamlTest, AliasesOfLongTextsEndAtTheByteLimit) {
  YamlOptions options = with_aliases();
  options.max_bytes = 4096;
  std::string bomb = "- &x " + std::string(3000, 'y') + "\n";
  for (int i = 0; i < 100; ++i) bomb += "- *x\n";
  EXPECT_THAT(read(bomb, options), HasSubstr("expand to too much"));
}

TEST(YamlTest, RefusesDeepNesting) {
  EXPECT_THAT(read(std::string(32, '[') + std::string(32, ']')), testing::StartsWith("[["));
  EXPECT_EQ(read(std::string(33, '[') + std::string(33, ']')), "1:33 nested deeper than 32");
  EXPECT_THAT(read(std::string(100'000, '[')), testing::StartsWith("1:"));
}

TEST(YamlTest, RefusesTextsOverTheLimit) {
  YamlOptions options;
  options.max_bytes = 10;
  EXPECT_EQ(read("a: 1234567\n", options), "0:0 larger than 10 bytes");
}

TEST(YamlTest, RefusesASecondDocumentUnlessAllowed) {
  YamlOptions options;
  EXPECT_THAT(read("a: 1\n---\nb: 2\n", options), HasSubstr("2:1 a second document begins here"));
  options.documents = true;
  EXPECT_EQ(read("a: 1\n---\nb: 2\n", options), "{a:1,};{b:2,};");
}

TEST(YamlTest, RefusesKeysThatAreNotText) {
  EXPECT_THAT(read("[a]: 1\n"), HasSubstr("1:1 a key must be text"));
  EXPECT_THAT(read("~: 1\n"), HasSubstr("1:1 a key is missing"));
}

TEST(YamlTest, SkipsAByteOrderMark) {
  EXPECT_EQ(read("\xEF\xBB\xBF"
                 "a: 1\n"),
            "{a:1,};");
}

TEST(YamlTest, NamesWideEncodings) {
  using namespace std::string_view_literals;
  EXPECT_EQ(read("\xFF\xFE"
                 "a\0:\0"sv),
            "1:1 the text is UTF-16, expected UTF-8");
  EXPECT_EQ(read("\0a\0:"sv), "1:1 the text is UTF-16, expected UTF-8");
  EXPECT_EQ(read("\xFF\xFE\0\0a\0\0\0"sv), "1:1 the text is UTF-32, expected UTF-8");
}

TEST(YamlTest, RefusesControlCharactersAndBrokenUtf8) {
  using namespace std::string_view_literals;
  EXPECT_EQ(read("a: b\nc: \x04\n"), "2:4 control character 0x04, expected plain text");
  EXPECT_EQ(read("ab\0c"sv), "1:3 control character 0x00, expected plain text");
  EXPECT_EQ(read("a: \x7F\n"), "1:4 control character 0x7f, expected plain text");
  EXPECT_EQ(read("a: \xC0\x80\n"), "1:4 byte 0xc0 is not UTF-8, expected UTF-8 text");
  EXPECT_EQ(read("a: \xED\xA0\x80\n"), "1:4 byte 0xed is not UTF-8, expected UTF-8 text");
  EXPECT_EQ(read("a: 1\rb: 2\n"), "1:5 control character 0x0d, expected plain text");
}

TEST(YamlTest, SyntaxErrorsNameTheirPlace) {
  EXPECT_EQ(read("a: 1\nb: [1\n"),
            "3:1 not valid YAML: did not find expected ',' or ']' while parsing a flow sequence "
            "that begins in line 2");
  EXPECT_EQ(read("a: b: c\n"),
            "1:5 not valid YAML: mapping values are not allowed in this context");
  EXPECT_EQ(read("a: 1\n b: 2\n"),
            "2:3 not valid YAML: mapping values are not allowed in this context");
  EXPECT_EQ(read("a: 'x\n"),
            "2:1 not valid YAML: found unexpected end of stream while scanning a quoted scalar "
            "that begins in line 1");
  EXPECT_EQ(read("a:\n\tb: 1\n"),
            "2:1 not valid YAML: found character that cannot start any token while scanning "
            "for the next token");
}

TEST(YamlTest, ColumnsAreBytes) {
  EXPECT_EQ(read("\xC3\xA4\xE2\x82\xAC: [\xF0\x9F\x98\x80, &x 1]\n"),
            "1:15 anchors (`&name`) are not allowed here");
  EXPECT_EQ(read("\xC3\xA4: 1\n\xC3\xA4: 1\nx: 1\nx: 2\n"),
            "2:1 duplicate key `\xC3\xA4`, first given in line 1");
  EXPECT_EQ(read("{\xC3\xA4: \xC3\xA4, b: \xC3\xA4 ]"),
            "1:16 not valid YAML: did not find expected ',' or '}' while "
            "parsing a flow mapping");
}

// They end lines in YAML 1.1 and are characters like others since 1.2.
TEST(YamlTest, LineSeparatorsAreCharacters) {
  const std::string line = "\xE2\x80\xA8", paragraph = "\xE2\x80\xA9", stand_in = "\xEE\x80\x80";
  EXPECT_EQ(read("a: x" + line + "y\nb: " + paragraph + "z" + stand_in + "\n"),
            "{a:x" + line + "y,b:" + paragraph + "z" + stand_in + ",};");
  EXPECT_EQ(read("a: x" + line + "\nb: 1\na: 2\n"), "3:1 duplicate key `a`, first given in line 1");
  EXPECT_EQ(read("a: \"\\L\"\n"), "{a:'" + line + "',};");
}

TEST(YamlTest, WhatIsNoCharacterIsRefused) {
  EXPECT_EQ(read("a: 1\nb: \xEF\xBF\xBFx\n"),
            "2:4 not valid YAML: control characters are not allowed");
}

TEST(YamlTest, WhatIsNull) {
  EXPECT_EQ(read("a: ~\nb: null\nc: Null\nd: NULL\ne: nULL\nf: '~'\ng: ''\nh:\ni: [~, null]\n"),
            "{a:null,b:null,c:null,d:null,e:nULL,f:'~',g:'',h:null,i:[null,null,],};");
}

TEST(YamlTest, ShiftsPlacesToTheFileAroundTheText) {
  YamlOptions options;
  options.line_offset = 10;
  options.column_offset = 2;
  EXPECT_THAT(read("a: 1\na: 2\n", options), HasSubstr("12:3 duplicate"));
}

TEST(YamlTest, AnAbsentValueStandsAtItsKey) {
  Findings findings("f", "");
  const auto documents = parse_yaml("a:\nb: 1\n", {}, findings);
  EXPECT_EQ(documents[0].entries[0].value.place, (Place{1, 1}));
  const auto flow = parse_yaml("{x: {a: , b: ~}}\n", {}, findings);
  const YamlNode& inner = flow[0].entries[0].value;
  EXPECT_EQ(inner.entries[0].value.place, (Place{1, 6}));
  EXPECT_EQ(inner.entries[1].value.place, (Place{1, 14}));
}

TEST(YamlTest, ReadsJson) {
  EXPECT_EQ(read(R"({"a":"x\/y\n","b":[1,-2.5e3,true,null],"c":{}})", as_json()),
            "{a:'x/y\n',b:[1,-2.5e3,true,null,],c:{},};");
  EXPECT_EQ(read("{\n\t\"a\" : [\n\t1\n,2]\n}\n", as_json()), "{a:[1,2,],};");
  EXPECT_EQ(read(R"(["\ud83d\ude00 \\ud83d"])", as_json()), "['\xF0\x9F\x98\x80 \\ud83d',];");
}

TEST(YamlTest, ALoneSurrogateIsAnError) {
  EXPECT_THAT(read(R"(["\ud83d"])", as_json()), HasSubstr("not valid YAML"));
}

Place within(const std::string& text, std::size_t offset) {
  Findings findings("f", text);
  const auto documents = parse_yaml(text, {}, findings);
  return place_in_scalar(documents.at(0).entries.at(0).value, offset, text);
}

TEST(YamlPlaceTest, IsExactInPlainAndQuotedScalars) {
  EXPECT_EQ(within("k: abc def\n", 4), (Place{1, 8}));
  EXPECT_EQ(within("k: 'abc def'\n", 4), (Place{1, 9}));
  EXPECT_EQ(within("k: 'it''s x'\n", 5), (Place{1, 11}));
  EXPECT_EQ(within("k: \"a\\\"b c\"\n", 3), (Place{1, 9}));
  EXPECT_EQ(within("k: abc\n", 3), (Place{1, 7}));
}

// Of the `X` in the scalar, which stands in the decoded text and the file alike.
Place of_x(const std::string& text) {
  Findings findings("f", text);
  const auto documents = parse_yaml(text, {}, findings);
  const YamlNode& scalar = documents.at(0).entries.at(0).value;
  const Place place = place_in_scalar(scalar, scalar.text.find('X'), text);
  EXPECT_EQ(place, place_of(text, text.find('X'))) << text;
  return place;
}

TEST(YamlPlaceTest, IsExactOverSeveralLines) {
  EXPECT_EQ(of_x("k: abc\n  def X\n"), (Place{2, 7}));
  EXPECT_EQ(of_x("k: >-\n  abc\n  def X\n"), (Place{3, 7}));
  EXPECT_EQ(of_x("k: |\n    abc and\n      X\n"), (Place{3, 7}));
  EXPECT_EQ(of_x("k: |2- # a comment\n  abc\n\n  Y X\n"), (Place{4, 5}));
  EXPECT_EQ(of_x("k: \"abc\n  def X\"\n"), (Place{2, 7}));
  EXPECT_EQ(of_x("k: \"abc\\\n  def X\"\n"), (Place{2, 7}));
  EXPECT_EQ(of_x("k: 'it''s\n\n   X'\n"), (Place{3, 4}));
  EXPECT_EQ(of_x("k:\n  abc\n  X\n"), (Place{3, 3}));
  EXPECT_EQ(of_x("k: >-\r\n  abc\r\n  X\r\n"), (Place{3, 3}));
}

TEST(YamlPlaceTest, CountsWhatAnEscapeIsWrittenWith) {
  EXPECT_EQ(of_x("k: \"\\u00e9 X\"\n"), (Place{1, 12}));
  EXPECT_EQ(of_x("k: \"\\x3e\\x20\\t\\U0001f600X\"\n"), (Place{1, 25}));
  EXPECT_EQ(of_x("k: \"\\_ \\L \\/ X\"\n"), (Place{1, 14}));
}

TEST(YamlPlaceTest, TheEndIsBehindTheLastWord) {
  EXPECT_EQ(within("k: |\n  rps >\nl: 1\n", 6), (Place{2, 8}));
  EXPECT_EQ(within("k: 'rps > '\n", 6), (Place{1, 11}));
  EXPECT_EQ(within("k: \"rps\n  >\"\n", 5), (Place{2, 4}));
}

}  // namespace
}  // namespace revisitd::rules

// SPDX-License-Identifier: Apache-2.0
#include "wire/reply.h"

#include <gtest/gtest.h>

#include "wire/template.h"
#include "wire/test_frames.h"

namespace portolan::wire::reply_test {
namespace {

using namespace test_frames;

const LinkShape kOurLink{.type = LinkType::kEthernet, .source = kOurMac};
const LinkShape kTagged{.type = LinkType::kEthernet, .source = kOurMac, .vlan = 100};

TEST(Reply, ArpIsAnsweredToTheOneWhoAsked) {
  for (const LinkShape& link : {kOurLink, kTagged}) {
    const Template question = Template::arp_request({LinkType::kEthernet, kTheirMac, link.vlan}, {kTheirs});
    std::vector<uint8_t> asked(question.length()), answer(kMaxReply);
    question.stamp(asked.data(), {.destination = kOurs});
    const auto request = FrameView::check(asked, LinkType::kEthernet, false);
    ASSERT_TRUE(request && request->arp().is_request());
    answer.resize(arp_reply(link, request->arp(), answer));
    const auto view = FrameView::check(answer, LinkType::kEthernet, false);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->destination_mac(), kTheirMac);
    EXPECT_EQ(view->vlan(), link.vlan);
    EXPECT_EQ(view->arp().value(), (Arp{arp_operation::kReply, kOurMac, kOurs, kTheirMac, kTheirs}));
  }
}

TEST(Reply, ASolicitationIsAnsweredToItsSource) {
  for (const LinkShape& link : {kOurLink, kTagged}) {
    const auto frame = FrameView::check(kNeighborSolicitation, LinkType::kEthernet, false);
    const auto asked = NeighborView::check(frame->icmpv6().message(), frame->ttl());
    ASSERT_TRUE(asked);
    std::vector<uint8_t> answer(kMaxReply);
    answer.resize(neighbor_advertisement(link, *frame, *asked, answer));
    const auto view = FrameView::check(answer, LinkType::kEthernet, false);
    ASSERT_TRUE(view) << counter_name(view.error());
    EXPECT_EQ(view->destination_mac(), kTheirMac);
    EXPECT_EQ(view->destination(), kTheirs6);
    EXPECT_EQ(view->source(), kOurs6);
    const auto advertised = NeighborView::check(view->icmpv6().message(), view->ttl());
    ASSERT_TRUE(advertised);
    EXPECT_EQ(advertised->advertisement(),
              (NeighborAdvertisement{
                  .target = kOurs6, .target_mac = kOurMac, .router = false, .solicited = true, .overrides = true}));
  }
}

TEST(Reply, AHostThatChecksForDuplicatesIsAnsweredToAllNodes) {
  const Template question = Template::neighbor_solicitation({LinkType::kEthernet, kTheirMac, {}}, {addr::IpAddress()});
  std::vector<uint8_t> asked(question.length()), answer(kMaxReply);
  question.stamp(asked.data(), {.destination = kOurs6});
  const auto frame = FrameView::check(asked, LinkType::kEthernet, false);
  ASSERT_TRUE(frame);
  const auto solicitation = NeighborView::check(frame->icmpv6().message(), frame->ttl());
  ASSERT_TRUE(solicitation);
  answer.resize(neighbor_advertisement(kOurLink, *frame, *solicitation, answer));
  const auto view = FrameView::check(answer, LinkType::kEthernet, false);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->destination(), addr::IpAddress::v6(base::make_u128(0xff02'0000'0000'0000, 1)));
  EXPECT_EQ(view->destination_mac(), (addr::MacAddress{{0x33, 0x33, 0, 0, 0, 1}}));
  EXPECT_FALSE(NeighborView::check(view->icmpv6().message(), view->ttl())->solicited());
}

}  // namespace
}  // namespace portolan::wire::reply_test

"""What people read."""

from portal.templatetags.display import breakable


def test_an_address_may_break_before_its_at_and_after_its_dots():
    assert breakable("carla.c@kunde.example") == "carla.<wbr>c<wbr>@kunde.<wbr>example"
    assert breakable("2001:db8::7") == "2001:<wbr>db8:<wbr>:<wbr>7"


def test_markup_stays_text():
    assert breakable("<b>.&") == "&lt;b&gt;.<wbr>&amp;"

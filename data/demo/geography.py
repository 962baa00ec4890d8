"""The hand-made region: four communes on a spine road, an island, and a far shore behind a ferry.

Names are those of the Cần Giờ coast; shapes, distances and seats are adjusted so that the region tells its
stories. It is illustrative and must never be taken for a map of the real place.
"""

from dataclasses import replace

from data.demo.landscape import Commune, Ferry, Landscape, River, Road, School, Site, Village

BINH_KHANH, AN_THOI_DONG, CAN_GIO, THANH_AN, NHA_BE = "27667", "27673", "27664", "27676", "27655"

FRAME = (106.712, 10.352, 107.032, 10.706)

COMMUNES = (
    Commune(BINH_KHANH, "Bình Khánh", (106.800, 10.650)),
    Commune(AN_THOI_DONG, "An Thới Đông", (106.797, 10.580)),
    Commune(CAN_GIO, "Cần Giờ", (106.905, 10.460)),
    Commune(THANH_AN, "Thạnh An", (107.005, 10.520)),
    Commune(NHA_BE, "Nhà Bè", (106.735, 10.690)),
)

RIVERS = (
    River(
        "Sông Soài Rạp",
        (
            (106.772, 10.730),
            (106.7660, 10.700),
            (106.7635, 10.6745),
            (106.7510, 10.650),
            (106.7420, 10.620),
            (106.7450, 10.580),
            (106.7580, 10.545),
            (106.7540, 10.510),
            (106.7620, 10.460),
            (106.7770, 10.410),
            (106.7850, 10.335),
        ),
        (700, 720, 780, 800, 850, 900, 950, 1050, 1250, 1600, 2400),
    ),
    River(
        "Sông Lòng Tàu",
        (
            (106.7655, 10.6950),
            (106.7850, 10.6880),
            (106.8150, 10.6850),
            (106.8420, 10.6680),
            (106.8640, 10.6480),
            (106.8950, 10.6350),
            (106.9150, 10.6050),
            (106.9080, 10.5780),
            (106.9300, 10.5480),
            (106.9500, 10.5250),
            (106.9620, 10.4950),
            (106.9700, 10.4780),
        ),
        (560, 520, 480, 450, 460, 470, 480, 500, 520, 600, 800, 1200),
    ),
    River(
        "Rạch Lá",
        (
            (106.7440, 10.6420),
            (106.7700, 10.6440),
            (106.7960, 10.6405),
            (106.8200, 10.6440),
            (106.8470, 10.6400),
            (106.8700, 10.6460),
        ),
        (90, 60, 50, 45, 55, 80),
    ),
    River(
        "Sông An Nghĩa",
        (
            (106.7420, 10.6030),
            (106.7700, 10.5980),
            (106.8000, 10.5960),
            (106.8250, 10.5945),
            (106.8500, 10.5880),
            (106.8800, 10.5860),
            (106.9100, 10.5840),
        ),
        (190, 150, 130, 130, 130, 150, 190),
    ),
    River(
        "Sông Dinh Bà",
        (
            (106.8450, 10.5150),
            (106.8520, 10.5230),
            (106.8660, 10.5370),
            (106.8880, 10.5450),
            (106.9100, 10.5400),
            (106.9330, 10.5460),
        ),
        (260, 240, 210, 200, 220, 260),
    ),
    River(
        "Sông Vàm Sát",
        (
            (106.7540, 10.5150),
            (106.7700, 10.5120),
            (106.7900, 10.5060),
            (106.8150, 10.5130),
            (106.8330, 10.5110),
            (106.8460, 10.5160),
        ),
        (220, 170, 150, 140, 150, 220),
    ),
    River(
        "Sông Đồng Tranh",
        (
            (106.8450, 10.5180),
            (106.8380, 10.4950),
            (106.8300, 10.4750),
            (106.8400, 10.4450),
            (106.8470, 10.4150),
            (106.8420, 10.3750),
        ),
        (280, 360, 480, 620, 850, 1400),
    ),
    River(
        "Sông Lôi Giang",
        (
            (106.8600, 10.5310),
            (106.8780, 10.5180),
            (106.9000, 10.5150),
            (106.9250, 10.5060),
            (106.9640, 10.5000),
        ),
        (140, 110, 110, 120, 180),
    ),
    River(
        "Sông Hà Thanh",
        (
            (106.8330, 10.4600),
            (106.8600, 10.4560),
            (106.8880, 10.4520),
            (106.9150, 10.4570),
            (106.9400, 10.4480),
            (106.9640, 10.4520),
        ),
        (190, 130, 120, 120, 140, 200),
    ),
    River(
        "Rạch Tắc Ráng",
        (
            (106.7540, 10.5560),
            (106.7700, 10.5580),
            (106.7880, 10.5560),
            (106.8060, 10.5620),
            (106.8260, 10.5560),
        ),
        (70, 45, 40, 35, 25),
    ),
    River(
        "Rạch Lôi Điền",
        (
            (106.8450, 10.4300),
            (106.8680, 10.4260),
            (106.8980, 10.4280),
            (106.9250, 10.4230),
            (106.9370, 10.4330),
            (106.9700, 10.4405),
        ),
        (80, 50, 45, 40, 45, 80),
    ),
    River(
        "Sông Thiềng Liềng",
        ((106.9600, 10.5330), (106.9800, 10.5290), (107.0000, 10.5330), (107.0400, 10.5250)),
        (220, 180, 170, 220),
    ),
)

ROADS = (
    Road(
        "Đường Rừng Sác",
        "primary",
        (
            (106.7690, 10.6720),
            (106.7760, 10.6660),
            (106.7850, 10.6560),
            (106.7970, 10.6360),
            (106.8120, 10.6200),
            (106.8250, 10.6030),
            (106.8420, 10.5780),
            (106.8560, 10.5580),
            (106.8690, 10.5280),
            (106.8760, 10.5020),
            (106.8840, 10.4750),
            (106.8920, 10.4450),
            (106.9000, 10.4200),
            (106.9100, 10.4020),
        ),
        (("ref", "ĐT.RS"), ("maxspeed", "60"), ("lanes", "4"), ("surface", "asphalt")),
    ),
    Road(
        "Đường Duyên Hải",
        "secondary",
        (
            (106.8700, 10.3990),
            (106.8850, 10.3985),
            (106.9000, 10.4000),
            (106.9100, 10.4020),
            (106.9250, 10.4020),
            (106.9420, 10.4060),
            (106.9550, 10.4105),
            (106.9660, 10.4150),
            (106.9757, 10.4196),
        ),
        (("maxspeed", "50"), ("lanes", "2"), ("surface", "asphalt")),
    ),
    Road(
        "Đường Lương Văn Nho",
        "tertiary",
        ((106.9550, 10.4105), (106.9520, 10.4190), (106.9490, 10.4290)),
        (("surface", "asphalt"),),
    ),
    Road(
        "Đường Hà Quang Vóc",
        "tertiary",
        ((106.7970, 10.6360), (106.7850, 10.6345), (106.7700, 10.6320), (106.7560, 10.6310)),
        (("surface", "asphalt"),),
    ),
    Road(
        "Đường Bà Xán",
        "tertiary",
        ((106.8120, 10.6200), (106.8260, 10.6260), (106.8420, 10.6300), (106.8560, 10.6290)),
        (("surface", "asphalt"),),
    ),
    Road(
        "Đường Tam Thôn Hiệp",
        "tertiary",
        (
            (106.8250, 10.6030),
            (106.8390, 10.6070),
            (106.8560, 10.6030),
            (106.8720, 10.5990),
            (106.8850, 10.5980),
        ),
        (("surface", "asphalt"),),
    ),
    Road(
        "Đường An Thới Đông",
        "tertiary",
        (
            (106.8420, 10.5780),
            (106.8250, 10.5790),
            (106.8080, 10.5835),
            (106.7950, 10.5835),
            (106.7800, 10.5795),
            (106.7660, 10.5790),
        ),
        (("surface", "asphalt"),),
    ),
    Road(
        "Đường Doi Lầu",
        "unclassified",
        (
            (106.7950, 10.5835),
            (106.7900, 10.5670),
            (106.7830, 10.5480),
            (106.7800, 10.5350),
            (106.7810, 10.5220),
            (106.7860, 10.5060),
            (106.7850, 10.4880),
            (106.7890, 10.4640),
        ),
        (("surface", "concrete"),),
    ),
    Road(
        "Đường Lý Nhơn",
        "secondary",
        (
            (106.8560, 10.5580),
            (106.8400, 10.5360),
            (106.8340, 10.5180),
            (106.8270, 10.5000),
            (106.8110, 10.4810),
            (106.7990, 10.4700),
            (106.7890, 10.4640),
            (106.7800, 10.4520),
        ),
        (("surface", "asphalt"),),
    ),
    Road(
        "Đường Trần Quang Quờn",
        "tertiary",
        ((106.7850, 10.6560), (106.7960, 10.6620), (106.8090, 10.6640), (106.8200, 10.6630)),
        (("surface", "asphalt"),),
    ),
    Road(
        "Đường Thạnh An",
        "unclassified",
        ((106.9802, 10.4672), (106.9830, 10.4693), (106.9862, 10.4706), (106.9895, 10.4716)),
        (("surface", "concrete"),),
    ),
    Road(
        "Đường Thiềng Liềng",
        "unclassified",
        ((106.9850, 10.5108), (106.9905, 10.5120), (106.9960, 10.5112), (107.0010, 10.5090)),
        (("surface", "concrete"),),
    ),
    Road(
        "Đường Huỳnh Tấn Phát",
        "secondary",
        ((106.7390, 10.7050), (106.7440, 10.6940), (106.7500, 10.6850), (106.7582, 10.6762)),
        (("maxspeed", "50"), ("surface", "asphalt")),
    ),
    Road(
        "Đường Nguyễn Bình",
        "tertiary",
        ((106.7440, 10.6940), (106.7340, 10.6900), (106.7220, 10.6890), (106.7150, 10.6870)),
        (("surface", "asphalt"),),
    ),
)

FERRIES = (
    Ferry("Phà Bình Khánh", ((106.7582, 10.6762), (106.7640, 10.6740), (106.7690, 10.6720)), "00:15", True),
    Ferry(
        "Tàu khách Cần Thạnh - Thạnh An",
        ((106.9757, 10.4196), (106.9790, 10.4330), (106.9810, 10.4520), (106.9802, 10.4672)),
        "00:45",
        False,
    ),
    Ferry(
        "Đò Thạnh An - Thiềng Liềng",
        ((106.9895, 10.4716), (106.9830, 10.4860), (106.9790, 10.5000), (106.9850, 10.5108)),
        "00:30",
        False,
    ),
)

VILLAGES = (
    Village(
        "27667-01", "Bình An", BINH_KHANH, "Đường Rừng Sác", (106.7765, 10.6655), 1000, 3, 3, 5.0, town=True
    ),
    Village(
        "27667-02",
        "Bình Trung",
        BINH_KHANH,
        "Đường Rừng Sác",
        (106.7915, 10.6460),
        1000,
        3,
        3,
        6.5,
        "left",
        1,
    ),
    Village(
        "27667-03", "Bình Phước", BINH_KHANH, "Đường Trần Quang Quờn", (106.8010, 10.6632), 1500, 3, 2, 6.0
    ),
    Village(
        "27667-04",
        "Bình Mỹ",
        BINH_KHANH,
        "Đường Hà Quang Vóc",
        (106.7780, 10.6335),
        1500,
        2,
        2,
        6.0,
        "left",
        1,
    ),
    Village("27667-05", "Bà Xán", BINH_KHANH, "Đường Bà Xán", (106.8330, 10.6282), 1500, 1, 2, 3.5),
    Village("27667-06", "An Nghĩa", BINH_KHANH, "Đường Rừng Sác", (106.8190, 10.6112), 700, 1, 1, 2.5),
    Village("27667-07", "An Lộc", BINH_KHANH, "Đường Tam Thôn Hiệp", (106.8390, 10.6070), 1100, 2, 1, 3.0),
    Village(
        "27667-08",
        "An Hòa",
        BINH_KHANH,
        "Đường Tam Thôn Hiệp",
        (106.8590, 10.6020),
        1500,
        2,
        2,
        4.5,
        "right",
        1,
    ),
    Village(
        "27673-01",
        "An Đông",
        AN_THOI_DONG,
        "Đường An Thới Đông",
        (106.8020, 10.5838),
        1000,
        2,
        3,
        4.4,
        "left",
        1,
    ),
    Village("27673-02", "An Bình", AN_THOI_DONG, "Đường An Thới Đông", (106.7790, 10.5795), 1300, 2, 2, 2.4),
    Village(
        "27673-03", "Quảng Xuyên", AN_THOI_DONG, "Đường An Thới Đông", (106.8230, 10.5795), 1300, 1, 2, 2.5
    ),
    Village("27673-04", "Rạch Lá", AN_THOI_DONG, "Đường Doi Lầu", (106.7895, 10.5655), 1200, 1, 2, 3.0),
    Village(
        "27673-05", "Doi Lầu", AN_THOI_DONG, "Đường Doi Lầu", (106.7802, 10.5285), 1700, 2, 1, 3.0, "left", 1
    ),
    Village("27673-06", "Lý Hòa Hiệp", AN_THOI_DONG, "Đường Lý Nhơn", (106.8230, 10.4950), 1400, 1, 1, 2.6),
    Village("27673-07", "Lý Thái Bửu", AN_THOI_DONG, "Đường Lý Nhơn", (106.8020, 10.4725), 1300, 2, 1, 2.0),
    Village(
        "27673-08", "Lý Nhơn", AN_THOI_DONG, "Đường Lý Nhơn", (106.7850, 10.4590), 1100, 2, 2, 2.6, "right", 1
    ),
    Village(
        "27664-01", "Miễu Ba", CAN_GIO, "Đường Duyên Hải", (106.9490, 10.4082), 950, 3, 2, 5.5, town=True
    ),
    Village(
        "27664-02", "Hưng Thạnh", CAN_GIO, "Đường Duyên Hải", (106.9630, 10.4137), 1100, 2, 2, 5.0, town=True
    ),
    Village("27664-03", "Giồng Ao", CAN_GIO, "Đường Lương Văn Nho", (106.9512, 10.4215), 1000, 2, 2, 3.2),
    Village(
        "27664-04", "Long Thạnh", CAN_GIO, "Đường Duyên Hải", (106.9185, 10.4020), 1400, 2, 1, 3.6, "left", 1
    ),
    Village("27664-05", "Phong Thạnh", CAN_GIO, "Đường Duyên Hải", (106.9340, 10.4040), 1200, 2, 1, 3.2),
    Village("27664-06", "Hòa Hiệp", CAN_GIO, "Đường Duyên Hải", (106.8930, 10.3992), 1300, 2, 1, 3.4),
    Village("27664-07", "Đồng Hòa", CAN_GIO, "Đường Duyên Hải", (106.8780, 10.3988), 1300, 2, 1, 3.4),
    Village(
        "27676-01", "Thạnh Hòa", THANH_AN, "Đường Thạnh An", (106.9825, 10.4690), 520, 3, 3, 1.5, row_m=58.0
    ),
    Village(
        "27676-02", "Thạnh Bình", THANH_AN, "Đường Thạnh An", (106.9878, 10.4711), 520, 3, 3, 1.3, row_m=58.0
    ),
    Village("27676-03", "Thiềng Liềng", THANH_AN, "Đường Thiềng Liềng", (106.9930, 10.5118), 1300, 1, 1, 0.9),
    Village(
        "27655-01",
        "Phú Xuân",
        NHA_BE,
        "Đường Huỳnh Tấn Phát",
        (106.7525, 10.6822),
        1100,
        2,
        2,
        2.4,
        town=True,
    ),
    Village("27655-02", "Bờ Băng", NHA_BE, "Đường Nguyễn Bình", (106.7310, 10.6895), 1300, 2, 2, 1.8),
)

FIXED_COUNTS = {"27676-01": (13, 15), "27676-02": (12, 14), "27676-03": (9, 10), "27673-05": (36, 32)}
"""Children of some hamlets, lớp 1 and lớp 6, whatever the size: the island's one class of 35 and one of 45 are
just enough, and Doi Lầu has one child more than its one class."""

SCHOOLS = (
    School(
        "79787401",
        "Trường Tiểu học Bình Khánh",
        1,
        BINH_KHANH,
        (Site("79787401", "Điểm chính", "27667-01", 3, (106.7800, 10.6625)),),
        7.0,
    ),
    School(
        "79787402",
        "Trường Tiểu học Bình Phước",
        1,
        BINH_KHANH,
        (Site("79787402", "Điểm chính", "27667-03", 2, (106.8030, 10.6645)),),
        1.0,
    ),
    School(
        "79787403",
        "Trường Tiểu học Bình Mỹ",
        1,
        BINH_KHANH,
        (
            Site("79787403", "Điểm chính", "27667-04", 2, (106.7800, 10.6350)),
            Site("79787403-2", "Điểm Bà Xán", "27667-05", 1, (106.8320, 10.6290)),
        ),
        -1.0,
    ),
    School(
        "79787404",
        "Trường Tiểu học Tam Thôn Hiệp",
        1,
        BINH_KHANH,
        (Site("79787404", "Điểm chính", "27667-08", 3, (106.8560, 10.6035)),),
        3.0,
    ),
    School(
        "79787405",
        "Trường Tiểu học An Thới Đông",
        1,
        AN_THOI_DONG,
        (
            Site("79787405", "Điểm chính", "27673-01", 3, (106.7990, 10.5842)),
            Site("79787405-2", "Điểm Doi Lầu", "27673-05", 1, (106.7802, 10.5290)),
        ),
        4.0,
    ),
    School(
        "79787406",
        "Trường Tiểu học Lý Nhơn",
        1,
        AN_THOI_DONG,
        (
            Site("79787406", "Điểm chính", "27673-08", 2, (106.7870, 10.4610)),
            Site("79787406-2", "Điểm Vàm Sát", "27673-06", 1, (106.8235, 10.4955)),
        ),
        0.0,
    ),
    School(
        "79787407",
        "Trường Tiểu học Cần Thạnh",
        1,
        CAN_GIO,
        (Site("79787407", "Điểm chính", "27664-01", 3, (106.9520, 10.4095)),),
        6.0,
    ),
    School(
        "79787408",
        "Trường Tiểu học Long Thạnh",
        1,
        CAN_GIO,
        (Site("79787408", "Điểm chính", "27664-04", 2, (106.9200, 10.4025)),),
        0.0,
    ),
    School(
        "79787409",
        "Trường Tiểu học Hòa Hiệp",
        1,
        CAN_GIO,
        (Site("79787409", "Điểm chính", "27664-06", 2, (106.8900, 10.3995)),),
        -1.0,
    ),
    School(
        "79787410",
        "Trường Tiểu học Đồng Hòa",
        1,
        CAN_GIO,
        (Site("79787410", "Điểm chính", "27664-07", 1, (106.8760, 10.3990)),),
        2.0,
    ),
    School(
        "79787411",
        "Trường Tiểu học Thạnh An",
        1,
        THANH_AN,
        (Site("79787411", "Điểm chính", "27676-01", 1, (106.9835, 10.4695)),),
        0.0,
    ),
    School(
        "79786401",
        "Trường Tiểu học Phú Xuân",
        1,
        NHA_BE,
        (Site("79786401", "Điểm chính", "27655-01", 2, (106.7520, 10.6830)),),
        2.0,
    ),
    School(
        "79787501",
        "Trường THCS Bình Khánh",
        6,
        BINH_KHANH,
        (Site("79787501", "Điểm chính", "27667-02", 4, (106.7905, 10.6475)),),
        6.0,
    ),
    School(
        "79787502",
        "Trường THCS Tam Thôn Hiệp",
        6,
        BINH_KHANH,
        (Site("79787502", "Điểm chính", "27667-07", 3, (106.8420, 10.6060)),),
        0.0,
    ),
    School(
        "79787503",
        "Trường THCS An Thới Đông",
        6,
        AN_THOI_DONG,
        (Site("79787503", "Điểm chính", "27673-01", 3, (106.8010, 10.5840)),),
        3.0,
    ),
    School(
        "79787504",
        "Trường THCS Lý Nhơn",
        6,
        AN_THOI_DONG,
        (Site("79787504", "Điểm chính", "27673-08", 3, (106.7880, 10.4620)),),
        -2.0,
    ),
    School(
        "79787505",
        "Trường THCS Cần Thạnh",
        6,
        CAN_GIO,
        (Site("79787505", "Điểm chính", "27664-02", 3, (106.9600, 10.4125)),),
        7.0,
    ),
    School(
        "79787506",
        "Trường THCS Long Hòa",
        6,
        CAN_GIO,
        (Site("79787506", "Điểm chính", "27664-05", 4, (106.9300, 10.4030)),),
        -1.0,
    ),
    School(
        "79787507",
        "Trường THCS-THPT Thạnh An",
        6,
        THANH_AN,
        (Site("79787507", "Điểm chính", "27676-02", 1, (106.9870, 10.4708)),),
        0.0,
        "THCS;THPT",
    ),
    School(
        "79786501",
        "Trường THCS Phú Xuân",
        6,
        NHA_BE,
        (Site("79786501", "Điểm chính", "27655-02", 3, (106.7320, 10.6897)),),
        4.0,
    ),
)

SEA = (
    (106.700, 10.340),
    (107.040, 10.340),
    (107.040, 10.5040),
    (107.0150, 10.5020),
    (106.9950, 10.5070),
    (106.9850, 10.5106),
    (106.9740, 10.5000),
    (106.9620, 10.4880),
    (106.9520, 10.4720),
    (106.9560, 10.4560),
    (106.9640, 10.4400),
    (106.9745, 10.4270),
    (106.9762, 10.4190),
    (106.9700, 10.4118),
    (106.9560, 10.4045),
    (106.9420, 10.3995),
    (106.9250, 10.3962),
    (106.9080, 10.3958),
    (106.8900, 10.3925),
    (106.8700, 10.3925),
    (106.8500, 10.3900),
    (106.8300, 10.3980),
    (106.8050, 10.4080),
    (106.7850, 10.4180),
    (106.7700, 10.4080),
    (106.700, 10.4000),
)

ISLETS = (
    (
        (106.9790, 10.4668),
        (106.9802, 10.4652),
        (106.9840, 10.4660),
        (106.9885, 10.4682),
        (106.9915, 10.4712),
        (106.9898, 10.4742),
        (106.9850, 10.4738),
        (106.9812, 10.4712),
        (106.9790, 10.4668),
    ),
)

BOUNDARIES = (
    tuple(RIVERS[0].line),
    ((106.7560, 10.6985), *RIVERS[1].line, (106.9720, 10.4500), (106.9900, 10.4300), (107.0450, 10.3900)),
    (
        (106.7330, 10.6035),
        *RIVERS[3].line[:4],
        (106.8300, 10.5930),
        (106.8360, 10.5780),
        (106.8470, 10.5620),
        (106.8500, 10.5440),
        (106.8450, 10.5150),
    ),
    (*RIVERS[4].line, (106.9450, 10.5475)),
    ((106.8450, 10.5150), *RIVERS[6].line[1:], (106.8400, 10.3400)),
    ((106.9100, 10.5640), (106.9500, 10.5780), (107.0450, 10.5900)),
    ((106.7600, 10.6480), (106.7050, 10.6400)),
)
"""Commune boundaries follow the middle of rivers, as most do in the delta, and a few lines across the fields."""


ISLAND_FRAME = (106.960, 10.440, 107.032, 10.545)


def island_landscape() -> Landscape:
    """Return the region of size xs: the island commune alone, with one primary and one lower secondary school.

    Two classes each, since a round of its own must seat all of its 52 children.
    """
    whole = hand_made_landscape()
    villages = tuple(village for village in VILLAGES if village.commune == THANH_AN)
    roads = {village.road for village in villages}
    schools = tuple(
        replace(school, sites=tuple(replace(site, classes=2) for site in school.sites))
        for school in SCHOOLS
        if school.commune == THANH_AN
    )
    return replace(
        whole,
        frame=ISLAND_FRAME,
        rivers=tuple(river for river in RIVERS if river.name in ("Sông Thiềng Liềng", "Sông Lòng Tàu")),
        roads=tuple(road for road in ROADS if road.name in roads),
        ferries=FERRIES[2:],
        communes=tuple(commune for commune in COMMUNES if commune.code == THANH_AN),
        villages=villages,
        schools=schools,
        boundaries=BOUNDARIES[1:2],
        mangrove=(THANH_AN,),
    )


def hand_made_landscape() -> Landscape:
    """Return the region of size s; m and l stand on it too."""
    return Landscape(
        frame=FRAME,
        rivers=RIVERS,
        roads=ROADS,
        ferries=FERRIES,
        communes=COMMUNES,
        villages=VILLAGES,
        schools=SCHOOLS,
        boundaries=BOUNDARIES,
        sea=SEA,
        islets=ISLETS,
        mangrove=(AN_THOI_DONG, CAN_GIO, THANH_AN, BINH_KHANH),
        bridge_names={"Đường Rừng Sác/Sông Dinh Bà": "Cầu Dần Xây"},
    )

"""The tables of everything spatial, and the provincial zones of VN-2000 that Debian's PostGIS lacks."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES_BY_DEPENDENCE = (
    "network_archive",
    "map_feature",
    "location_snap",
    "area_piece",
    "travel_time",
    "network_version",
    "location",
    "area",
)

VN2000_ZONES = {
    9205: 103.0,
    9206: 104.0,
    9207: 104.5,
    9208: 104.75,
    9209: 105.5,
    9210: 105.75,
    9211: 106.0,
    9212: 106.25,
    9213: 106.5,
    9214: 107.0,
    9215: 107.25,
    9216: 107.5,
    9217: 108.25,
    9218: 108.5,
}
"""Provincial zones of VN-2000 that PostGIS 3.3 lacks: EPSG code to central meridian in degrees."""

VN2000_SHIFT = "-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278"
"""EPSG "VN-2000 to WGS 84 (2)", as PostGIS writes it for its other VN-2000 systems. PROJ knows these zones by their
EPSG number and chooses the shift by place, so this text only counts where PROJ has no registry."""


def add_vn2000_zones() -> None:
    """Teach PostGIS the provincial zones; newer releases know them already and keep their own."""
    for code, meridian in VN2000_ZONES.items():
        degrees, minutes = int(meridian), round(meridian % 1 * 60)
        definition = (
            f'PROJCS["VN-2000 / TM-3 {degrees}-{minutes:02d}",GEOGCS["VN-2000",DATUM["Vietnam_2000",'
            'SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],'
            f'TOWGS84[{VN2000_SHIFT}],AUTHORITY["EPSG","6756"]],'
            'PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
            'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4756"]],'
            'PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],'
            f'PARAMETER["central_meridian",{meridian}],PARAMETER["scale_factor",0.9999],'
            'PARAMETER["false_easting",500000],PARAMETER["false_northing",0],'
            'UNIT["metre",1,AUTHORITY["EPSG","9001"]],AXIS["Easting",EAST],AXIS["Northing",NORTH],'
            f'AUTHORITY["EPSG","{code}"]]'
        )
        projection = (
            f"+proj=tmerc +lat_0=0 +lon_0={meridian} +k=0.9999 +x_0=500000 +y_0=0 +ellps=WGS84"
            f" +towgs84={VN2000_SHIFT} +units=m +no_defs"
        )
        op.get_bind().execute(
            sa.text(
                "insert into spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text)"
                " values (:code, 'EPSG', :code, :definition, :projection) on conflict (srid) do nothing"
            ),
            {"code": code, "definition": definition, "projection": projection},
        )


def upgrade() -> None:
    """Make the tables. Spatial indexes are written out, so that their names are ours to keep."""
    add_vn2000_zones()
    op.create_table(
        "area",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("predecessors", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=4326, spatial_index=False), nullable=False),
        sa.CheckConstraint("kind in ('province', 'commune', 'hamlet')", name=op.f("ck_area_kind_known")),
        sa.CheckConstraint(
            "valid_to is null or valid_to >= valid_from", name=op.f("ck_area_validity_in_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area")),
        sa.UniqueConstraint("kind", "code", "valid_from", name=op.f("uq_area_kind_code_valid_from")),
    )
    op.create_index("idx_area_geom", "area", ["geom"], unique=False, postgresql_using="gist")
    op.create_table(
        "location",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("point", Geometry("POINT", srid=4326, spatial_index=False), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("precision_m", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "method in ('imported', 'pin', 'officer', 'geocoded', 'generated', 'gate')",
            name=op.f("ck_location_method_known"),
        ),
        sa.CheckConstraint("precision_m >= 0", name=op.f("ck_location_precision_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
    )
    op.create_index("idx_location_point", "location", ["point"], unique=False, postgresql_using="gist")
    op.create_table(
        "network_version",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_sha256", sa.Text(), nullable=False),
        sa.Column("source_sha256", sa.Text(), nullable=False),
        sa.Column("base_version_id", sa.Integer(), nullable=True),
        sa.Column("edits", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("built_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bbox", Geometry("POLYGON", srid=4326, spatial_index=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["base_version_id"], ["network_version.id"], name=op.f("fk_network_version_base_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_network_version")),
        sa.UniqueConstraint("content_sha256", name=op.f("uq_network_version_content_sha256")),
        sa.UniqueConstraint("source_sha256", name=op.f("uq_network_version_source_sha256")),
    )
    op.create_table(
        "travel_time",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("origin_id", sa.BigInteger(), nullable=False),
        sa.Column("destination_id", sa.BigInteger(), nullable=False),
        sa.Column("time_s", sa.Integer(), nullable=False),
        sa.Column("length_m", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "profile in ('walk', 'motorbike', 'car', 'boat')", name=op.f("ck_travel_time_profile_known")
        ),
        sa.CheckConstraint("time_s >= 0 and length_m >= 0", name=op.f("ck_travel_time_not_negative")),
        sa.PrimaryKeyConstraint(
            "version_id", "profile", "origin_id", "destination_id", name=op.f("pk_travel_time")
        ),
    )
    op.create_index(
        op.f("ix_travel_time_version_id_profile_destination_id"),
        "travel_time",
        ["version_id", "profile", "destination_id"],
        unique=False,
    )
    op.create_table(
        "area_piece",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("area_id", sa.BigInteger(), nullable=False),
        sa.Column("geom", Geometry("POLYGON", srid=4326, spatial_index=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["area_id"], ["area.id"], name=op.f("fk_area_piece_area_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_piece")),
    )
    op.create_index("idx_area_piece_geom", "area_piece", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(op.f("ix_area_piece_area_id"), "area_piece", ["area_id"], unique=False)
    op.create_table(
        "location_snap",
        sa.Column("location_id", sa.BigInteger(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("quality", sa.Text(), nullable=False),
        sa.Column("edge", sa.Integer(), nullable=True),
        sa.Column("position_mm", sa.BigInteger(), nullable=True),
        sa.Column("offset_mm", sa.BigInteger(), nullable=True),
        sa.Column("crosses_water", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(quality = 'refused') = (edge is null)", name=op.f("ck_location_snap_refused_has_no_edge")
        ),
        sa.CheckConstraint(
            "profile in ('walk', 'motorbike', 'car', 'boat')", name=op.f("ck_location_snap_profile_known")
        ),
        sa.CheckConstraint(
            "quality in ('ok', 'far', 'refused')", name=op.f("ck_location_snap_quality_known")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_location_snap_location_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["network_version.id"],
            name=op.f("fk_location_snap_version_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("location_id", "version_id", "profile", name=op.f("pk_location_snap")),
    )
    op.create_table(
        "map_feature",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("min_zoom", sa.SmallInteger(), nullable=False),
        sa.Column("osm_id", sa.BigInteger(), nullable=True),
        sa.Column("detail", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.Column("geom", Geometry("GEOMETRY", srid=4326, spatial_index=False), nullable=False),
        sa.CheckConstraint(
            "layer in ('roads', 'ferries', 'water', 'green', 'places')",
            name=op.f("ck_map_feature_layer_known"),
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["network_version.id"], name=op.f("fk_map_feature_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_map_feature")),
    )
    op.create_index("idx_map_feature_geom", "map_feature", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(
        op.f("ix_map_feature_version_id_layer"), "map_feature", ["version_id", "layer"], unique=False
    )
    op.create_table(
        "network_archive",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["network_version.id"],
            name=op.f("fk_network_archive_version_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_network_archive")),
    )


def downgrade() -> None:
    """Remove the tables, the dependent ones first; their indexes go with them. Coordinate systems stay known."""
    for table in TABLES_BY_DEPENDENCE:
        op.drop_table(table)

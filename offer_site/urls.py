"""All addresses of the site: everything a person or a provider can open."""

from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

import certificates.urls
import enrollment.urls
import materials.urls
import offer_site.accounts.urls
import offer_site.notices.urls
import offer_site.pages.urls
import offer_site.proof.urls
import offer_site.telegram.urls
import payments.urls
from offer_site import pictures
from offer_site.web import gallery, health, search, styles, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.root, name="root"),
    path("live", health.live, name="live"),
    path("ready", health.ready, name="ready"),
    path("favicon.ico", views.favicon),
    path("pictures/<str:name>", pictures.picture, name="picture"),
    path("robots.txt", search.robots, name="robots"),
    path("sitemap.xml", search.sitemap, name="sitemap"),
    path("theme/", views.set_theme, name="theme"),
    path("site.<slug:digest>.css", styles.stylesheet, name="site_css"),
    path("dev/gallery/", gallery.gallery, name="gallery"),
    path("dev/gallery/state/", gallery.gallery_state, name="gallery_state"),
    path("", include(enrollment.urls.plain_urlpatterns)),
    path("", include(payments.urls.plain_urlpatterns)),
    path("", include(certificates.urls.plain_urlpatterns)),
    path("", include(offer_site.notices.urls.plain_urlpatterns)),
    path("", include(offer_site.telegram.urls.plain_urlpatterns)),
    path("", include(offer_site.pages.urls.plain_urlpatterns)),
    path("admin/", admin.site.urls),
    *i18n_patterns(
        path("", include(enrollment.urls)),
        path("", include(offer_site.pages.urls)),
        path("", include(payments.urls.urlpatterns)),
        path("", include(offer_site.accounts.urls)),
        path("", include(offer_site.proof.urls)),
        path("", include(certificates.urls.urlpatterns)),
        path("", include(materials.urls)),
    ),
]

handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.page_not_found
handler500 = views.server_error

if settings.DEBUG:
    from django.contrib.staticfiles.urls import staticfiles_urlpatterns

    urlpatterns += staticfiles_urlpatterns()
